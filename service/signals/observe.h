#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/base/clock.h"
#include "service/signals/form_token.h"
#include "service/signals/name_likeness.h"
#include "service/signals/views.h"
#include "sluice/v1/signals.pb.h"

namespace sluice::signals {

// What is remembered of earlier comments (service/history).
struct Past {
  v1::VelocitySignals velocity;
  v1::RepetitionSignals repetition;
  int64_t silent_seconds = 0;   // of the page
  bool tokens_issued = false;   // the site has asked for form tokens
  int32_t token_uses = 0;       // comments before that came with this token
  bool token_replayed = false;  // one of them from the same address
  bool is_regular = false;      // the author, under this name and identity
  bool is_accepted = false;     // once already, under this name and identity
  // Another regular of the site whose name is like this one's.
  Likeness regular_likeness = Likeness::kNone;
  std::string regular_name;
};

// What is known from before; read ahead of the pipeline, so that a replay can
// hand in what was known then.
struct History {
  v1::AuthorRecord by_id;
  v1::AuthorRecord by_email;
  v1::AuthorRecord by_name;
  Past past;
  TokenCheck token;
  v1::NetworkSignals network;
};

// One question of the form.
struct QuizFacts {
  std::string id;
  std::string question;
  std::vector<std::string> answers;  // NormalAnswer of each
};

// The policy's form.
struct FormFacts {
  int64_t max_age_seconds = 86'400;
  std::vector<QuizFacts> quizzes;
};

// A name that nobody else may sign with.
struct ProtectedName {
  std::string name;
  std::string skeleton;  // NameSkeleton of it
};

// What the site and its rule folder contribute; lives as long as the ruleset's
// snapshot.
struct SiteFacts {
  std::vector<std::string> hosts;               // the site's own, lower case
  std::vector<std::string> shortener_domains;   // sorted, lower case
  std::vector<std::string> disposable_domains;  // sorted, lower case
  bool markdown_by_default = true;  // for comments that name no format
  FormFacts form;
  std::vector<ProtectedName> protected_names;
};

// The facts about a comment. Pure: the same comment, history, site and time
// give the same signals. Linear in the comment. Never fails; what cannot be
// known is unset.
v1::Signals Observe(Views* views, const History& history, const SiteFacts& site,
                    Time now);

}  // namespace sluice::signals
