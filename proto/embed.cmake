# cmake -DFROM=file -DTO=file.cc -P embed.cmake: the bytes of FROM as sluice::ruleset::DescriptorSet() of
# service/ruleset/json_schema.h.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include \"service/ruleset/json_schema.h\"

namespace sluice::ruleset {
namespace {

constexpr unsigned char kBytes[] = {
${bytes}};

}  // namespace

std::string_view DescriptorSet() {
  return {reinterpret_cast<const char*>(kBytes), sizeof kBytes};
}

}  // namespace sluice::ruleset
")
