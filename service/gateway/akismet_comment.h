#pragma once

#include <string>
#include <string_view>

#include "service/base/clock.h"
#include "service/gateway/form.h"
#include "sluice/v1/config.pb.h"
#include "sluice/v1/moderation_service.pb.h"

namespace sluice::gateway {

// What a client of Akismet's protocol says of a comment besides its fields.
struct AkismetFlags {
  bool is_test = false;          // nothing is to be stored or learned
  bool guaranteed_spam = false;  // by one of the protocol's test values
  bool administrator = false;    // the author is the blog's administrator
  bool recheck = false;          // it was checked before
  bool dated = false;            // the form said when it was written
  bool too_long = false;         // of the text only the beginning is there
};

// Labels of a comment that came by this protocol.
inline constexpr char kTypeLabel[] = "akismet.type";
inline constexpr char kNonceLabel[] = "akismet.nonce";
inline constexpr char kUrlLabel[] = "akismet.author_url";
inline constexpr char kCallbackLabel[] = "akismet.callback";
inline constexpr char kKeyLabel[] = "akismet.key";

// The comment of a form, without its `name` and its callback, such that
// CheckComment takes it: what is not of the right kind is left out, what is too
// long is cut, and what is not UTF-8 is repaired (ToUtf8). Only what is named
// here is read; the server variables that WordPress sends along are not.
v1::Comment CommentOfForm(const Form& form, v1::Format format,
                          size_t max_body_bytes, Time now, AkismetFlags* flags);

// The id, in the form of a UUID, of the `occurrence`th comment that has this
// site, author, address, page and text: a submit finds by it the check that it
// is about. Names, pages and texts are compared without what WordPress changes
// before it stores them (tags, entities, white space, case). Keyed: nobody
// outside can tell from an id whether a guess at these is right.
std::string CommentIdOf(std::string_view key, std::string_view site,
                        const v1::Comment& comment, uint64_t occurrence);

}  // namespace sluice::gateway
