// Any bytes as any message: no crash, and what was accepted is written and accepted again unchanged.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "proto/device.h"
#include "proto/frame.h"
#include "proto/operator.h"
#include "proto/runner.h"

namespace {

template <typename Parse>
void Check(std::string_view text, Parse parse) {
  const auto first = parse(text);
  if (!first.ok()) return;
  const std::string written = ToJson(*first);
  const auto second = parse(written);
  if (!second.ok() || ToJson(*second) != written) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace verge::proto;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Check(text, ParseEnrolRequest);
  Check(text, ParseEnrolAnswer);
  Check(text, ParseDesired);
  Check(text, ParseReported);
  Check(text, ParseEventBatch);
  Check(text, ParseEventsAnswer);
  Check(text, ParseDeviceList);
  Check(text, ParseDeployment);
  Check(text, ParseHubEventList);
  Check(text, ParseProveReport);
  (void)ParseRunnerMessage(text).ok();
  (void)ParseAgentMessage(text).ok();
  FrameDecoder decoder;
  decoder.Feed(text);
  while (true) {
    const auto frame = decoder.Next();
    if (!frame.ok() || !frame->has_value()) return 0;
    (void)ParseRunnerMessage(**frame).ok();
  }
}
