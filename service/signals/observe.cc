#include "service/signals/observe.h"

#include <algorithm>

#include "service/signals/author_signals.h"
#include "service/signals/form_signals.h"
#include "service/signals/language.h"
#include "service/signals/link_signals.h"
#include "service/signals/markup_signals.h"
#include "service/signals/shape_signals.h"
#include "service/signals/split_words.h"
#include "service/signals/traces.h"

namespace sluice::signals {
namespace {

void ObserveDisguise(const text::FoldCounts& counts, v1::DisguiseSignals* out) {
  out->set_invisible(static_cast<int32_t>(counts.invisible));
  out->set_bidi_controls(static_cast<int32_t>(counts.bidi_controls));
  out->set_combining(static_cast<int32_t>(counts.combining));
  out->set_compatibility(static_cast<int32_t>(counts.compatibility));
  out->set_confusables(static_cast<int32_t>(counts.confusables));
  out->set_leet_digits(static_cast<int32_t>(counts.leet_digits));
  out->set_spaced_words(static_cast<int32_t>(counts.spaced_words));
  out->set_mixed_script_words(static_cast<int32_t>(counts.mixed_script_words));
  out->set_upside_down(static_cast<int32_t>(counts.upside_down));
  out->set_stretched(static_cast<int32_t>(counts.stretched));
}

void ObserveLanguage(std::string_view text, std::string_view page_tag,
                     v1::ShapeSignals* out) {
  const Language language = DetectLanguage(text);
  out->set_language(language.tag);
  out->set_language_confidence(language.confidence);
  out->set_language_differs(LanguageDiffers(language, page_tag));
}

void ObservePage(const v1::Page& page, int64_t silent_seconds, Time now,
                 v1::PageSignals* out) {
  out->set_closed(page.closed());
  out->set_silent_seconds(silent_seconds);
  if (!page.has_publish_time()) return;
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch())
          .count();
  out->set_age_seconds(
      std::max<int64_t>(0, seconds - page.publish_time().seconds()));
}

}  // namespace

// The list of signals, in the order of signals.proto.
v1::Signals Observe(Views* views, const History& history, const SiteFacts& site,
                    Time now) {
  v1::Signals out;
  const v1::Comment& comment = views->comment();
  *out.mutable_links() = LinksOf(views, site);
  ObserveMarkup(*views, site, out.mutable_markup());
  ObserveShape(views->rendering(), *views->Folded(v1::VIEW_TEXT),
               comment.body(), out.mutable_shape());
  ObserveLanguage(views->rendering().text, comment.page().language(),
                  out.mutable_shape());
  ObserveDisguise(views->fold_counts(), out.mutable_disguise());
  out.mutable_disguise()->set_split_words(CountSplitWords(views->rendering()));
  ObserveForm(comment.form(), history, site, EventTime(comment, now),
              out.mutable_form());
  ObserveAuthor(comment.author(), history, site, out.mutable_author());
  *out.mutable_repetition() = history.past.repetition;
  *out.mutable_velocity() = history.past.velocity;
  ObservePage(comment.page(), history.past.silent_seconds, now,
              out.mutable_page());
  *out.mutable_network() = history.network;
  return out;
}

}  // namespace sluice::signals
