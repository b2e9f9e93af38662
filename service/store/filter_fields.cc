#include "service/store/filter_fields.h"

#include <algorithm>
#include <array>

#include "service/base/resource_name.h"

namespace sluice::store {
namespace {

using In = const FilterInput&;

const v1::Comment& CommentOf(In in) { return in.entry.checked().comment(); }
const v1::Decision& DecisionOf(In in) { return in.entry.checked().decision(); }
const v1::Signals& SignalsOf(In in) { return in.entry.checked().signals(); }

std::optional<int64_t> MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

// The text of safe HTML: the serializer writes < and & as nothing else.
std::string TextOf(std::string_view html) {
  constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&amp;", "&"},   {"&lt;", "<"},  {"&gt;", ">"},
      {"&quot;", "\""}, {"&#39;", "'"}, {"&nbsp;", " "}};
  std::string text;
  text.reserve(html.size());
  for (size_t i = 0; i < html.size();) {
    if (html[i] == '<') {
      const size_t end = html.find('>', i);
      if (end == std::string_view::npos) break;
      // Words on both sides of a block are two words.
      if (html.substr(i, 4) == "<br>" || html.substr(i, 2) == "</") text += ' ';
      const bool inline_end =
          html.substr(i, 4) == "</a>" || html.substr(i, 4) == "</b>" ||
          html.substr(i, 4) == "</i>" || html.substr(i, 5) == "</em>" ||
          html.substr(i, 9) == "</strong>";
      if (inline_end) text.pop_back();
      i = end + 1;
      continue;
    }
    size_t taken = 1;
    std::string_view meant = html.substr(i, 1);
    for (const auto& [entity, character] : kEntities) {
      if (html[i] == '&' && html.substr(i, entity.size()) == entity) {
        taken = entity.size();
        meant = character;
      }
    }
    text += meant;
    i += taken;
  }
  return text;
}

std::vector<std::string> ReasonsOf(In in) {
  std::vector<std::string> ids;
  for (const v1::Reason& reason : DecisionOf(in).reasons())
    ids.push_back(reason.id());
  return ids;
}

std::vector<std::string> LinksOf(In in) {
  std::vector<std::string> hosts;
  for (const v1::LinkItem& link : SignalsOf(in).links().items()) {
    if (!link.host().empty()) hosts.push_back(link.host());
    if (!link.domain().empty() && link.domain() != link.host())
      hosts.push_back(link.domain());
  }
  return hosts;
}

std::string ClaimerOf(In in, int64_t now) {
  const v1::Claimed& claim = in.entry.claim();
  return *MicrosOf(claim.expire_time()) > now ? claim.moderator() : "";
}

Field Number(std::string_view name, std::optional<double> (*get)(In)) {
  Field field{name, FieldKind::kNumber};
  field.number = get;
  return field;
}
Field Moment(std::string_view name, std::optional<int64_t> (*get)(In)) {
  Field field{name, FieldKind::kTime};
  field.time = get;
  return field;
}
Field Words(std::string_view name, FieldKind kind,
            std::string (*get)(In, int64_t)) {
  Field field{name, kind};
  field.text = get;
  return field;
}
Field List(std::string_view name, std::vector<std::string> (*get)(In)) {
  Field field{name, FieldKind::kList};
  field.list = get;
  return field;
}

const std::vector<Field>& Fields() {
  constexpr auto kText = FieldKind::kText;
  constexpr auto kFolded = FieldKind::kFolded;
  static const std::vector<Field> fields = {
      {"state", FieldKind::kState},
      {"verdict", FieldKind::kVerdict},
      Number("score",
             [](In in) { return std::optional(DecisionOf(in).score()); }),
      Number("spam",
             [](In in) {
               const v1::ClassifierSignals& spam = SignalsOf(in).classifier();
               return spam.ready() ? std::optional(spam.spam()) : std::nullopt;
             }),
      Number("links",
             [](In in) {
               return std::optional<double>(SignalsOf(in).links().count());
             }),
      Moment("create_time",
             [](In in) { return MicrosOf(in.entry.create_time()); }),
      Moment("update_time",
             [](In in) { return MicrosOf(in.entry.update_time()); }),
      Moment("review_time",
             [](In in) {
               return in.entry.has_review() ? MicrosOf(in.entry.review_time())
                                            : std::nullopt;
             }),
      Words("name", kText,
            [](In in, int64_t) {
              return std::string(ParseResourceName(in.entry.name()).comment);
            }),
      Words("page.url", kText,
            [](In in, int64_t) { return CommentOf(in).page().url(); }),
      Words("page.title", kText,
            [](In in, int64_t) { return CommentOf(in).page().title(); }),
      Words("author.id", kText,
            [](In in, int64_t) { return CommentOf(in).author().id(); }),
      Words("author.email", kFolded,
            [](In in, int64_t) { return CommentOf(in).author().email(); }),
      Words("author.name", kFolded,
            [](In in, int64_t) { return CommentOf(in).author().name(); }),
      Words("author.url", kText,
            [](In in, int64_t) { return CommentOf(in).author().url(); }),
      Words("author.ip", kText,
            [](In in, int64_t) { return CommentOf(in).client().ip(); }),
      Words("campaign", kText,
            [](In in, int64_t) { return std::string(in.campaign); }),
      List("reason", ReasonsOf),
      List("link", LinksOf),
      Words("language", kFolded,
            [](In in, int64_t) { return SignalsOf(in).shape().language(); }),
      Words("moderator", kText,
            [](In in, int64_t) { return in.entry.review().moderator(); }),
      Words("reason_code", kText,
            [](In in, int64_t) { return in.entry.review().reason_code(); }),
      Words("batch", kText,
            [](In in, int64_t) { return in.entry.review().batch(); }),
      Words("claimed_by", kText, ClaimerOf),
      Words("text", kFolded,
            [](In in, int64_t) { return TextOf(in.entry.checked().html()); }),
  };
  return fields;
}

// Levenshtein's; names are short.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

const Field* FindField(std::string_view name) {
  for (const Field& field : Fields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string_view NearestField(std::string_view name) {
  const std::string asked = FoldCase(name);
  const Field* nearest = &Fields().front();
  size_t least = kMaxFilterBytes;
  for (const Field& field : Fields()) {
    size_t distance = 2 * Distance(asked, field.name);
    // `email` is author.email, not text.
    const size_t dot = field.name.find('.');
    if (dot != std::string_view::npos) {
      distance = std::min(distance,
                          2 * Distance(asked, field.name.substr(dot + 1)) + 1);
    }
    if (distance < least) {
      least = distance;
      nearest = &field;
    }
  }
  return nearest->name;
}

std::string FoldCase(std::string_view text) {
  std::string folded(text);
  for (size_t i = 0; i < folded.size(); ++i) {
    const auto c = static_cast<unsigned char>(folded[i]);
    if (c >= 'A' && c <= 'Z') folded[i] = static_cast<char>(c + 32);
    if (c < 0xC3 || c > 0xD0 || i + 1 == folded.size()) continue;
    const auto next = static_cast<unsigned char>(folded[i + 1]);
    if ((next & 0xC0) != 0x80) continue;
    unsigned code = (c & 0x1Fu) << 6 | (next & 0x3Fu);
    if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) ||
        (code >= 0x391 && code <= 0x3A9) || (code >= 0x410 && code <= 0x42F)) {
      code += 32;
    } else if (code >= 0x400 && code <= 0x40F) {
      code += 80;
    }
    folded[i] = static_cast<char>(0xC0 | code >> 6);
    folded[++i] = static_cast<char>(0x80 | (code & 0x3F));
  }
  return folded;
}

}  // namespace sluice::store
