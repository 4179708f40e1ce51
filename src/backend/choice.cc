#include "backend/choice.h"

#include <array>

namespace verge::backend {
namespace {

constexpr std::array<const char*, 6> kNames = {"cpu", "cuda", "tensorrt", "openvino", "coreml", "qnn"};

}  // namespace

const char* ProviderName(Provider provider) { return kNames[static_cast<size_t>(provider)]; }

Result<Choice> ParseChoice(std::string_view text) {
  Choice choice;
  if (text == "verge") return choice;
  const size_t colon = text.find(':');
  choice.kind = Kind::kOnnxRuntime;
  const std::string_view provider = colon == std::string_view::npos ? "cpu" : text.substr(colon + 1);
  for (size_t i = 0; i < kNames.size() && text.substr(0, colon) == "onnxruntime"; ++i) {
    choice.provider = static_cast<Provider>(i);
    if (provider == kNames[i]) return choice;
  }
  std::string known;
  for (const char* name : kNames) known += (known.empty() ? "" : ", ") + std::string(name);
  return VERGE_ERROR(kInvalidArgument, "there is no backend \"" + std::string(text) +
                                           "\"; known are verge and onnxruntime:PROVIDER with a provider of " + known);
}

Result<std::pair<std::string, std::string>> ParseProviderOption(std::string_view text) {
  const size_t equals = text.find('=');
  const bool is_pair = equals != std::string_view::npos && equals > 0 && text.find('\0') == std::string_view::npos;
  if (!is_pair) {
    return VERGE_ERROR(kInvalidArgument,
                       "an option of a provider is KEY=VALUE, as device_id=0; got \"" + std::string(text) + "\"");
  }
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

}  // namespace verge::backend
