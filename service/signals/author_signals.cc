#include "service/signals/author_signals.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "service/signals/public_suffix.h"

namespace sluice::signals {
namespace {

std::string EmailDomain(std::string_view email) {
  const size_t at = email.rfind('@');
  if (at == std::string_view::npos) return "";
  std::string domain(email.substr(at + 1));
  std::transform(domain.begin(), domain.end(), domain.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return domain;
}

struct NameShape {
  int32_t words = 0;
  bool has_url = false;
};

NameShape ShapeOfName(std::string_view name) {
  NameShape shape;
  shape.has_url = name.find("://") != std::string_view::npos;
  for (size_t at = 0; at < name.size();) {
    const size_t begin = name.find_first_not_of(" \t,;()|", at);
    if (begin == std::string_view::npos) break;
    at = std::min(name.find_first_of(" \t,;()|", begin), name.size());
    ++shape.words;
    shape.has_url =
        shape.has_url || !BareHost(name.substr(begin, at - begin)).empty();
  }
  return shape;
}

// A signed-in id is proof, a typed e-mail a claim; a name alone is no identity
// at all.
const v1::AuthorRecord& Strongest(const v1::Author& author,
                                  const History& history) {
  static const v1::AuthorRecord kUnknown;
  if (!author.id().empty()) return history.by_id;
  if (!author.email().empty()) return history.by_email;
  return kUnknown;
}

// The name that the author's imitates; empty if none. Someone of the staff, and
// whoever is a regular under this very name, imitates nobody. A name that is
// only near is no imitation by someone who has comments of their own: there are
// a Mark and a Mary Smith.
std::string ImitatedName(const v1::Author& author, const History& history,
                         const SiteFacts& site, bool newcomer) {
  const std::string skeleton = NameSkeleton(author.name());
  if (skeleton.empty() || author.is_staff() || history.past.is_regular)
    return "";
  const auto imitates = [newcomer](Likeness likeness) {
    return likeness == Likeness::kSame ||
           (likeness == Likeness::kNear && newcomer);
  };
  for (const ProtectedName& name : site.protected_names) {
    if (imitates(LikenessOf(skeleton, name.skeleton))) return name.name;
  }
  // A regular who writes from a second address is asked once: whoever accepts
  // that comment has decided that the name is theirs, too.
  if (history.past.is_accepted) return "";
  return imitates(history.past.regular_likeness) ? history.past.regular_name
                                                 : "";
}

}  // namespace

void ObserveAuthor(const v1::Author& author, const History& history,
                   const SiteFacts& site, v1::AuthorSignals* out) {
  const v1::AuthorRecord& record = Strongest(author, history);
  out->set_accepted(record.accepted());
  out->set_rejected(record.rejected());
  *out->mutable_by_id() = history.by_id;
  *out->mutable_by_email() = history.by_email;
  *out->mutable_by_name() = history.by_name;
  out->set_signed_in(!author.id().empty());
  out->set_is_staff(author.is_staff());
  out->set_email_domain(EmailDomain(author.email()));
  out->set_disposable_email(std::binary_search(site.disposable_domains.begin(),
                                               site.disposable_domains.end(),
                                               out->email_domain()));
  const NameShape name = ShapeOfName(author.name());
  out->set_name_words(name.words);
  out->set_name_has_url(name.has_url);
  std::string imitated =
      ImitatedName(author, history, site, record.accepted() == 0);
  out->set_impersonates(!imitated.empty());
  out->set_impersonated_name(std::move(imitated));
}

}  // namespace sluice::signals
