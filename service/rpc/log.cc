#include "service/rpc/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>

namespace sluice::rpc {
namespace {

v1::LogConfig::Form g_form =
    v1::LogConfig::FORM_TEXT;  // set once by SetUpLog, before there are threads

spdlog::level::level_enum SpdlogLevel(v1::LogConfig::Level level) {
  switch (level) {
    case v1::LogConfig::LEVEL_DEBUG:
      return spdlog::level::debug;
    case v1::LogConfig::LEVEL_WARNING:
      return spdlog::level::warn;
    case v1::LogConfig::LEVEL_ERROR:
      return spdlog::level::err;
    default:
      return spdlog::level::info;
  }
}

// A quoted string that is valid JSON and keeps a line a line.
std::string Quoted(std::string_view value) {
  std::string out = "\"";
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += {'\\', c};
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

bool IsPlain(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != '"' && c != '\\' &&
           c != '=' && c != 0x7F;
  });
}

}  // namespace

std::string FormatLogLine(v1::LogConfig::Form form, std::string_view what,
                          const LogFields& fields) {
  if (form == v1::LogConfig::FORM_JSON) {
    std::string line = fmt::format("\"event\":{}", Quoted(what));
    for (const auto& [key, value] : fields)
      line += fmt::format(",{}:{}", Quoted(key), Quoted(value));
    return line;
  }
  std::string line(what);
  for (const auto& [key, value] : fields)
    line += fmt::format(" {}={}", key, IsPlain(value) ? value : Quoted(value));
  return line;
}

void SetUpLog(const v1::LogConfig& config) {
  g_form = config.form();
  auto logger = std::make_shared<spdlog::logger>(
      "sluice", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(SpdlogLevel(config.level()));
  const bool json = g_form == v1::LogConfig::FORM_JSON;
  logger->set_pattern(
      json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
           : "%Y-%m-%dT%H:%M:%S.%fZ %l %v",
      spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

bool WouldLog(v1::LogConfig::Level level) {
  return spdlog::should_log(SpdlogLevel(level));
}

void Log(v1::LogConfig::Level level, std::string_view what,
         const LogFields& fields) {
  const spdlog::level::level_enum spdlog_level = SpdlogLevel(level);
  if (!spdlog::should_log(spdlog_level)) return;
  spdlog::log(spdlog_level, "{}", FormatLogLine(g_form, what, fields));
}

}  // namespace sluice::rpc
