#include "backend/onnxruntime/providers.h"

#include <array>

namespace verge::backend {
namespace {

// As the library lists them, and as its general function for adding one wants them.
struct Names {
  const char* listed;
  const char* added;
};
constexpr std::array<Names, 6> kNames = {{{"CPUExecutionProvider", ""},
                                          {"CUDAExecutionProvider", ""},
                                          {"TensorrtExecutionProvider", ""},
                                          {"OpenVINOExecutionProvider", "OpenVINO"},
                                          {"CoreMLExecutionProvider", "CoreML"},
                                          {"QNNExecutionProvider", "QNN"}}};

// Keys and values as the library takes them; views the choice.
struct OptionArrays {
  std::vector<const char*> keys;
  std::vector<const char*> values;

  explicit OptionArrays(const Choice& choice) {
    for (const auto& [key, value] : choice.provider_options) {
      keys.push_back(key.c_str());
      values.push_back(value.c_str());
    }
  }
};

Status CheckIsAvailable(const OrtLibrary& library, const char* wanted) {
  char** names = nullptr;
  int count = 0;
  VERGE_TRY(library.Check(library.api().GetAvailableProviders(&names, &count), "cannot list its providers"));
  std::string known;
  bool is_there = false;
  for (int i = 0; i < count; ++i) {
    is_there = is_there || std::string(names[i]) == wanted;
    known += (i == 0 ? "" : ", ") + std::string(names[i]);
  }
  VERGE_TRY(library.Check(library.api().ReleaseAvailableProviders(names, count), "cannot free a list"));
  if (is_there) return Status::Ok();
  return VERGE_ERROR(kUnsupported, "the library of ONNX Runtime " + library.version() + " was built without " + wanted +
                                       "; it has " + known + ". Give another library with --ort-library");
}

Status AppendCuda(const OrtLibrary& library, const OptionArrays& given, OrtSessionOptions* options) {
  const OrtApi& api = library.api();
  OrtCUDAProviderOptionsV2* made = nullptr;
  VERGE_TRY(library.Check(api.CreateCUDAProviderOptions(&made), "cannot make options for CUDA"));
  const std::unique_ptr<OrtCUDAProviderOptionsV2, void (*)(OrtCUDAProviderOptionsV2*)> cuda(
      made, api.ReleaseCUDAProviderOptions);
  OrtStatus* const status =
      api.UpdateCUDAProviderOptions(made, given.keys.data(), given.values.data(), given.keys.size());
  VERGE_TRY(library.Check(status, "refuses an option for CUDA"));
  return library.Check(api.SessionOptionsAppendExecutionProvider_CUDA_V2(options, made), "cannot use CUDA");
}

Status AppendTensorRt(const OrtLibrary& library, const OptionArrays& given, OrtSessionOptions* options) {
  const OrtApi& api = library.api();
  OrtTensorRTProviderOptionsV2* made = nullptr;
  VERGE_TRY(library.Check(api.CreateTensorRTProviderOptions(&made), "cannot make options for TensorRT"));
  const std::unique_ptr<OrtTensorRTProviderOptionsV2, void (*)(OrtTensorRTProviderOptionsV2*)> tensor_rt(
      made, api.ReleaseTensorRTProviderOptions);
  OrtStatus* const status =
      api.UpdateTensorRTProviderOptions(made, given.keys.data(), given.values.data(), given.keys.size());
  VERGE_TRY(library.Check(status, "refuses an option for TensorRT"));
  return library.Check(api.SessionOptionsAppendExecutionProvider_TensorRT_V2(options, made), "cannot use TensorRT");
}

}  // namespace

Status AppendProvider(const OrtLibrary& library, const Choice& choice, OrtSessionOptions* options) {
  const Names& names = kNames[static_cast<size_t>(choice.provider)];
  VERGE_TRY(CheckIsAvailable(library, names.listed));
  const OptionArrays given(choice);
  switch (choice.provider) {
    case Provider::kCpu:  // every library's last resort: nothing to add
      if (given.keys.empty()) return Status::Ok();
      return VERGE_ERROR(kInvalidArgument,
                         "the provider cpu has no options; got \"" + std::string(given.keys[0]) + "\"");
    case Provider::kCuda: return AppendCuda(library, given, options);
    case Provider::kTensorRt: return AppendTensorRt(library, given, options);
    default: break;
  }
  OrtStatus* const status = library.api().SessionOptionsAppendExecutionProvider(options, names.added, given.keys.data(),
                                                                                given.values.data(), given.keys.size());
  return library.Check(status, "cannot use the provider");
}

}  // namespace verge::backend
