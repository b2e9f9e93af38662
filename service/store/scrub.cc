#include "service/store/scrub.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sluice/v1/options.pb.h"

namespace sluice::store {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// Calls `visit` for every field that is set, in every message below. Events
// nest a handful of levels by their schema, not by their input.
void ForEachField(
    Message* top,
    const std::function<void(Message*, const FieldDescriptor*)>& visit) {
  std::vector<Message*> left = {top};
  while (!left.empty()) {
    Message* message = left.back();
    left.pop_back();
    const Reflection* reflection = message->GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection->ListFields(*message, &fields);
    for (const FieldDescriptor* field : fields) {
      if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        visit(message, field);
      } else if (field->is_repeated()) {
        for (int i = 0; i < reflection->FieldSize(*message, field); ++i)
          left.push_back(reflection->MutableRepeatedMessage(message, field, i));
      } else {
        left.push_back(reflection->MutableMessage(message, field));
      }
    }
  }
}

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(v1::personal);
}

bool ScrubMatches(v1::Decision* decision) {
  bool changed = false;
  for (v1::Reason& reason : *decision->mutable_reasons()) {
    for (v1::Match& match : *reason.mutable_matches()) {
      if (match.view() != v1::VIEW_AUTHOR_EMAIL || match.text().empty())
        continue;
      match.clear_text();
      changed = true;
    }
  }
  return changed;
}

}  // namespace

bool ScrubAddresses(v1::Event* event) {
  if (!event->has_checked()) return false;
  v1::Checked* checked = event->mutable_checked();
  v1::Comment* comment = checked->mutable_comment();
  bool changed = ScrubMatches(checked->mutable_decision());
  if (!comment->author().email().empty()) {
    comment->mutable_author()->clear_email();
    changed = true;
  }
  if (!comment->client().ip().empty()) {
    comment->mutable_client()->clear_ip();
    changed = true;
  }
  if (changed) checked->clear_request_hash();
  return changed;
}

void ScrubContent(v1::Event* event) {
  if (event->has_checked()) {
    v1::Checked* checked = event->mutable_checked();
    v1::Comment* comment = checked->mutable_comment();
    comment->clear_body();
    comment->clear_author();
    comment->clear_client();
    comment->clear_form();
    comment->clear_labels();
    // Rebuilt, so that a fact that is added later goes too.
    const std::string campaign = checked->signals().repetition().campaign();
    checked->clear_signals();
    if (!campaign.empty())
      checked->mutable_signals()->mutable_repetition()->set_campaign(campaign);
    for (v1::Reason& reason : *checked->mutable_decision()->mutable_reasons())
      reason.clear_matches();
    checked->clear_html();
    checked->clear_removed();
    checked->clear_request_hash();
  }
  ClearPersonal(event);
}

void ClearPersonal(Message* message) {
  ForEachField(message, [](Message* owner, const FieldDescriptor* field) {
    if (IsPersonal(field)) owner->GetReflection()->ClearField(owner, field);
  });
}

bool HasPersonal(const Message& message) {
  std::unique_ptr<Message> copy(message.New());
  copy->CopyFrom(message);
  bool found = false;
  ForEachField(copy.get(), [&found](Message*, const FieldDescriptor* field) {
    found = found || IsPersonal(field);
  });
  return found;
}

}  // namespace sluice::store
