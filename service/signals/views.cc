#include "service/signals/views.h"

#include <algorithm>

#include "service/base/ascii.h"

namespace sluice::signals {
namespace {

// One line a link; each line leads back to the link as a whole, since a
// canonical URL has no byte-wise origin.
template <typename Field>
void JoinLinks(const std::vector<markup::Link>& links, Field field,
               std::string* out, text::OffsetMap* map) {
  uint32_t previous = 0;
  for (const markup::Link& link : links) {
    const uint32_t begin = std::max(link.source.begin, previous);
    const ByteSpan origin{begin, std::max(begin, link.source.end)};
    if (!out->empty()) {
      out->push_back('\n');
      map->AppendReplaced(1, {previous, begin});
    }
    const std::string value = field(link);
    out->append(value);
    if (!value.empty()) map->AppendReplaced(value.size(), origin);
    previous = origin.end;
  }
}

}  // namespace

markup::Format FormatOf(v1::Format asked, v1::Format by_default) {
  switch (asked == v1::FORMAT_UNSPECIFIED ? by_default : asked) {
    case v1::FORMAT_HTML:
      return markup::Format::kHtml;
    case v1::FORMAT_PLAIN_TEXT:
      return markup::Format::kPlainText;
    default:
      return markup::Format::kMarkdownExtra;
  }
}

Views::Views(const v1::Comment& comment, const markup::Rendering& rendering)
    : comment_(comment), rendering_(rendering) {}

std::string_view Views::Text(v1::View view) { return Get(view).view; }

ByteSpan Views::ToOrigin(v1::View view, ByteSpan span) {
  Slot& slot = Get(view);
  if (slot.identity) return span;
  if (slot.map.derived_size() == 0) return {};
  return slot.map.Map(span);
}

const text::Folded* Views::Folded(v1::View view) {
  Slot& slot = Get(view);
  return slot.folded.has_value() ? &*slot.folded : nullptr;
}

Views::Slot& Views::Get(v1::View view) {
  if (view == v1::VIEW_UNSPECIFIED) view = v1::VIEW_TEXT;
  Slot& slot = slots_[static_cast<size_t>(view)];
  if (!slot.made) {
    Make(view, &slot);
    slot.made = true;
  }
  return slot;
}

void Views::Make(v1::View view, Slot* slot) {
  const auto as_is = [slot](std::string_view text) {
    slot->view = text;
    slot->identity = true;
  };
  const auto folded = [slot](std::string_view text,
                             const text::OffsetMap* to_origin) {
    slot->folded = text::Fold(text, to_origin);
    slot->view = slot->folded->text;
    slot->map = to_origin == nullptr ? slot->folded->map
                                     : slot->folded->map.Compose(*to_origin);
  };
  const auto links = [this, slot](auto field) {
    JoinLinks(rendering_.links, field, &slot->text, &slot->map);
    slot->view = slot->text;
  };
  switch (view) {
    case v1::VIEW_PLAIN:
      slot->view = rendering_.text;
      slot->map = rendering_.text_map;
      return;
    case v1::VIEW_OWN_WORDS:
      if (rendering_.quotations.empty()) {
        folded(rendering_.text, &rendering_.text_map);
      } else {
        const markup::OwnWords own = markup::MakeOwnWords(rendering_);
        folded(own.text, &own.map);
      }
      return;
    case v1::VIEW_SOURCE:
      as_is(comment_.body());
      return;
    case v1::VIEW_HTML:
      slot->view = rendering_.html;
      return;
    case v1::VIEW_AUTHOR_NAME:
      folded(comment_.author().name(), nullptr);
      return;
    case v1::VIEW_AUTHOR_EMAIL:
      slot->text = LowerAscii(comment_.author().email());
      as_is(slot->text);
      return;
    case v1::VIEW_AUTHOR_URL:
      slot->text = LowerAscii(comment_.author().url());
      as_is(slot->text);
      return;
    case v1::VIEW_LINKS_URL:
      links([](const markup::Link& link) { return link.url; });
      return;
    case v1::VIEW_LINKS_HOST:
      links([](const markup::Link& link) { return link.host; });
      return;
    case v1::VIEW_LINKS_TEXT:
      links(
          [](const markup::Link& link) { return text::Fold(link.text).text; });
      return;
    case v1::VIEW_PAGE_TITLE:
      folded(comment_.page().title(), nullptr);
      return;
    case v1::VIEW_USER_AGENT:
      as_is(comment_.client().user_agent());
      return;
    default:
      folded(rendering_.text, &rendering_.text_map);
      return;
  }
}

}  // namespace sluice::signals
