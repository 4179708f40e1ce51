// Which engine runs a model, as people name it: "verge", "onnxruntime", "onnxruntime:cuda".
//
// Threads   plain values.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace verge::backend {

enum class Kind { kVerge, kOnnxRuntime };

// What ONNX Runtime itself computes with.
enum class Provider { kCpu, kCuda, kTensorRt, kOpenVino, kCoreMl, kQnn };

struct Choice {
  Kind kind = Kind::kVerge;
  Provider provider = Provider::kCpu;
  // For the provider, as its documentation names them (device_id, backend_path...).
  std::vector<std::pair<std::string, std::string>> provider_options = {};
  // The library's path or name. "": the environment variable VERGE_ONNXRUNTIME, then the loader's search path.
  std::string library = {};
};

// "cpu", "cuda", "tensorrt", "openvino", "coreml", "qnn".
const char* ProviderName(Provider provider);

// Sets engine and provider. kInvalidArgument lists the known ones.
Result<Choice> ParseChoice(std::string_view text);

// "KEY=VALUE" -> a pair of provider_options. kInvalidArgument without a key or '='.
Result<std::pair<std::string, std::string>> ParseProviderOption(std::string_view text);

}  // namespace verge::backend
