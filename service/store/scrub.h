#pragma once

#include "google/protobuf/message.h"
#include "sluice/v1/event.pb.h"

// What is taken out of events when personal data goes.
namespace sluice::store {

// Takes out addresses: e-mail, IP, and matches in e-mails; and the hash of the
// request, from which an IP could be guessed. False, and nothing is changed, if
// there are none.
bool ScrubAddresses(v1::Event* event);

// Takes out all that came from the author, and what was said about them: texts,
// names, addresses, links, HTML, matches, facts, notes. What stays: the name of
// the comment, its page, times, verdict, score, the rules that spoke.
void ScrubContent(v1::Event* event);

// Clears every field marked (personal), however deep.
void ClearPersonal(google::protobuf::Message* message);

// Whether any field marked (personal) is set.
bool HasPersonal(const google::protobuf::Message& message);

}  // namespace sluice::store
