#include "service/markup/render.h"

#include "service/markup/builder.h"
#include "service/markup/html_reader.h"
#if __has_include("service/markup/markdown.cc")
#include "service/markup/markdown.h"
#endif
#include "service/markup/plain_text.h"
#include "service/markup/serializer.h"
#include "service/markup/views.h"

namespace sluice::markup {
namespace {

void Read(std::string_view source, Format format, const HtmlPolicy& policy,
          std::string_view anchor_prefix, TreeBuilder* builder) {
  switch (format) {
    case Format::kHtml:
      HtmlReader(policy, Dialect::kHtml, builder).Read(source, Place(0u));
      return;
    case Format::kPlainText:
      ReadPlainText(source, builder);
      return;
    case Format::kMarkdownExtra:
#if __has_include("service/markup/markdown.cc")
      ReadMarkdown(source, policy, anchor_prefix, builder);
#else
      static_cast<void>(anchor_prefix);
      ReadPlainText(source, builder);
#endif
      return;
  }
}

}  // namespace

Rendering Render(std::string_view source, Format format,
                 const HtmlPolicy& policy, std::string_view anchor_prefix) {
  TreeBuilder builder(policy, source);
  Read(source, format, policy, anchor_prefix, &builder);
  Tree tree = builder.Finish();
  Rendering out;
  out.removals = builder.TakeRemovals();
  out.removal_count = builder.removal_count();
  out.action = builder.severest();
  const size_t budget = source.size() * policy.limits.max_output_factor +
                        policy.limits.max_output_extra;
  out.html = Serialize(tree, policy, budget);
  out.over_budget =
      builder.over_budget() || (out.html.empty() && !tree.nodes.empty());
  out.verified = VerifyHtml(out.html, policy);
  if (out.over_budget || !out.verified) out.html.clear();
  ExtractViews(std::move(tree), &out);
  return out;
}

}  // namespace sluice::markup
