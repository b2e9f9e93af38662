#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "service/markup/render.h"
#include "service/text/fold.h"
#include "sluice/v1/comment.pb.h"
#include "sluice/v1/decision.pb.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// How a body is to be rendered: as asked, or else as the site's policy has it,
// or else as Markdown Extra.
markup::Format FormatOf(v1::Format asked, v1::Format by_default);

// The texts of one comment that rules look in, each made once and only when
// asked for.
//
// Not thread-safe: one per check. The comment and the rendering must outlive
// it; views it returns live as long as it.
class Views {
 public:
  Views(const v1::Comment& comment, const markup::Rendering& rendering);

  // The text of that view. VIEW_UNSPECIFIED is VIEW_TEXT.
  std::string_view Text(v1::View view);

  // Bytes of the original field for bytes of the view: the body for text,
  // plain, own_words, source and the link views; the named field for author,
  // page and user_agent views. An empty span at 0 where there is no way back
  // (html).
  ByteSpan ToOrigin(v1::View view, ByteSpan span);

  // The folded text with what was spaced out or stretched in it, for word
  // lists (service/text/fold_forms.h); null for a view that is not folded.
  const text::Folded* Folded(v1::View view);

  // What folding the rendered text undid.
  const text::FoldCounts& fold_counts() {
    return Get(v1::VIEW_TEXT).folded->counts;
  }

  // Where LinksOf (link_signals.h) keeps what it found.
  std::optional<v1::LinkSignals>& links() { return links_; }

  const v1::Comment& comment() const { return comment_; }
  const markup::Rendering& rendering() const { return rendering_; }

 private:
  struct Slot {
    bool made = false;
    std::string text;
    std::string_view view;  // of `text`, or of the comment or rendering where
                            // nothing had to be made
    text::OffsetMap map;    // to the original field; empty: identity
    bool identity = false;
    std::optional<text::Folded> folded;  // of folded views; `view` is its text
  };
  Slot& Get(v1::View view);
  void Make(v1::View view, Slot* slot);

  const v1::Comment& comment_;
  const markup::Rendering& rendering_;
  std::array<Slot, v1::View_ARRAYSIZE> slots_;
  std::optional<v1::LinkSignals> links_;
};

}  // namespace sluice::signals
