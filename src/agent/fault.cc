#include "agent/fault.h"

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <string>

namespace verge::agent {

Result<FaultPoint> FaultPoint::Parse(std::string_view text) {
  FaultPoint out;
  if (text.empty()) return out;
  const size_t colon = text.find(':');
  const std::string_view where = text.substr(0, colon);
  const std::string_view digits = colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.at_);
  const bool is_number = error == std::errc() && end == digits.data() + digits.size() && out.at_ >= 1;
  if (!is_number || (where != "before" && where != "after")) {
    return VERGE_ERROR(kInvalidArgument, "fault point " + std::string(text) + ": expected before:N or after:N");
  }
  out.is_before_ = where == "before";
  return out;
}

void FaultPoint::Die() {
  kill(getpid(), SIGKILL);  // as abrupt as a power cut: no destructor, no flush
  while (true) pause();
}

}  // namespace verge::agent
