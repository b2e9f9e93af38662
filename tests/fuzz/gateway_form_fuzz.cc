// Any bytes as a form: nothing is read out of bounds, a form has no more fields
// than allowed, and what is called text is UTF-8.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "service/gateway/form.h"
#include "service/gateway/http.h"
#include "service/text/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sluice;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const std::string_view type : {"", "multipart/form-data; boundary=B",
                                      "multipart/form-data; boundary=-"}) {
    const absl::StatusOr<gateway::Form> form = gateway::ParseForm(type, body);
    if (!form.ok()) continue;
    if (form->fields().size() > gateway::kMaxFormFields) abort();
    for (const auto& [name, value] : form->fields()) {
      if (!form->Has(name)) abort();
      if (!text::IsValidUtf8(gateway::ToUtf8(value, "utf-8"))) abort();
      if (!text::IsValidUtf8(gateway::ToUtf8(value, "latin1"))) abort();
    }
  }
  gateway::MediaParameter(body, "boundary");
  return 0;
}
