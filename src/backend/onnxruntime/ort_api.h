// The part of ONNX Runtime's C interface that Verge calls, as ONNX Runtime publishes it.
//
// A library gives one function, OrtGetApiBase; that gives a table of functions. The table only ever grows at its end,
// so that the places here hold for every library since kOrtApiVersion (ONNX Runtime 1.14). Places that Verge does not
// use have no name. Every function but the Release ones and GetError* gives null, or a status that says what failed.
#pragma once

#include <cstddef>
#include <cstdint>

namespace verge::backend {

inline constexpr uint32_t kOrtApiVersion = 14;

// Known by pointer only.
struct OrtStatus;
struct OrtEnv;
struct OrtSession;
struct OrtSessionOptions;
struct OrtRunOptions;
struct OrtValue;
struct OrtTypeInfo;
struct OrtTensorTypeAndShapeInfo;
struct OrtMemoryInfo;
struct OrtAllocator;
struct OrtTensorRTProviderOptionsV2;
struct OrtCUDAProviderOptionsV2;

enum OrtLoggingLevel : int { kOrtLogWarning = 2, kOrtLogError = 3, kOrtLogFatal = 4 };
enum OrtGraphOptimizationLevel : int { kOrtDisableAll = 0, kOrtEnableAll = 99 };
enum OrtAllocatorType : int { kOrtDeviceAllocator = 0, kOrtArenaAllocator = 1 };
enum OrtMemType : int { kOrtMemDefault = 0 };
enum OrtValueType : int { kOrtValueTensor = 1 };

// Element types of tensors; the others (strings, complex numbers, 4 and 8 bits of float) are not known to Verge.
enum OrtElementType : int {
  kOrtFloat = 1,
  kOrtUint8 = 2,
  kOrtInt8 = 3,
  kOrtUint16 = 4,
  kOrtInt16 = 5,
  kOrtInt32 = 6,
  kOrtInt64 = 7,
  kOrtBool = 9,
  kOrtFloat16 = 10,
  kOrtDouble = 11,
  kOrtUint32 = 12,
  kOrtUint64 = 13,
  kOrtBfloat16 = 16,
};

struct OrtApi {
  using Names = const char* const*;

  void* place_0[1];
  int (*GetErrorCode)(const OrtStatus* status);
  const char* (*GetErrorMessage)(const OrtStatus* status);
  OrtStatus* (*CreateEnv)(OrtLoggingLevel level, const char* log_id, OrtEnv** out);
  void* place_4[3];
  OrtStatus* (*CreateSession)(const OrtEnv* env, const char* path, const OrtSessionOptions* options, OrtSession** out);
  OrtStatus* (*CreateSessionFromArray)(const OrtEnv* env, const void* model, size_t bytes,
                                       const OrtSessionOptions* options, OrtSession** out);
  OrtStatus* (*Run)(OrtSession* session, const OrtRunOptions* options, Names input_names, const OrtValue* const* inputs,
                    size_t input_count, Names output_names, size_t output_count, OrtValue** outputs);
  OrtStatus* (*CreateSessionOptions)(OrtSessionOptions** out);
  void* place_11[12];
  OrtStatus* (*SetSessionGraphOptimizationLevel)(OrtSessionOptions* options, OrtGraphOptimizationLevel level);
  OrtStatus* (*SetIntraOpNumThreads)(OrtSessionOptions* options, int threads);
  OrtStatus* (*SetInterOpNumThreads)(OrtSessionOptions* options, int threads);
  void* place_26[4];
  OrtStatus* (*SessionGetInputCount)(const OrtSession* session, size_t* out);
  OrtStatus* (*SessionGetOutputCount)(const OrtSession* session, size_t* out);
  void* place_32[1];
  OrtStatus* (*SessionGetInputTypeInfo)(const OrtSession* session, size_t index, OrtTypeInfo** out);
  OrtStatus* (*SessionGetOutputTypeInfo)(const OrtSession* session, size_t index, OrtTypeInfo** out);
  void* place_35[1];
  OrtStatus* (*SessionGetInputName)(const OrtSession* session, size_t index, OrtAllocator* allocator, char** out);
  OrtStatus* (*SessionGetOutputName)(const OrtSession* session, size_t index, OrtAllocator* allocator, char** out);
  void* place_38[11];
  OrtStatus* (*CreateTensorWithDataAsOrtValue)(const OrtMemoryInfo* info, void* data, size_t bytes, const int64_t* dims,
                                               size_t rank, OrtElementType type, OrtValue** out);
  OrtStatus* (*IsTensor)(const OrtValue* value, int* out);
  OrtStatus* (*GetTensorMutableData)(OrtValue* value, void** out);
  void* place_52[3];
  // The result belongs to `info`; null when it is no tensor.
  OrtStatus* (*CastTypeInfoToTensorInfo)(const OrtTypeInfo* info, const OrtTensorTypeAndShapeInfo** out);
  void* place_56[4];
  OrtStatus* (*GetTensorElementType)(const OrtTensorTypeAndShapeInfo* info, OrtElementType* out);
  OrtStatus* (*GetDimensionsCount)(const OrtTensorTypeAndShapeInfo* info, size_t* out);
  OrtStatus* (*GetDimensions)(const OrtTensorTypeAndShapeInfo* info, int64_t* dims, size_t rank);
  void* place_63[2];
  OrtStatus* (*GetTensorTypeAndShape)(const OrtValue* value, OrtTensorTypeAndShapeInfo** out);
  void* place_66[3];
  OrtStatus* (*CreateCpuMemoryInfo)(OrtAllocatorType allocator, OrtMemType memory, OrtMemoryInfo** out);
  void* place_70[6];
  OrtStatus* (*AllocatorFree)(OrtAllocator* allocator, void* memory);
  void* place_77[1];
  // Belongs to the library.
  OrtStatus* (*GetAllocatorWithDefaultOptions)(OrtAllocator** out);
  void* place_79[13];
  void (*ReleaseEnv)(OrtEnv* env);
  void (*ReleaseStatus)(OrtStatus* status);
  void (*ReleaseMemoryInfo)(OrtMemoryInfo* info);
  void (*ReleaseSession)(OrtSession* session);
  void (*ReleaseValue)(OrtValue* value);
  void* place_97[1];
  void (*ReleaseTypeInfo)(OrtTypeInfo* info);
  void (*ReleaseTensorTypeAndShapeInfo)(OrtTensorTypeAndShapeInfo* info);
  void (*ReleaseSessionOptions)(OrtSessionOptions* options);
  void* place_101[24];
  OrtStatus* (*GetAvailableProviders)(char*** names, int* count);
  OrtStatus* (*ReleaseAvailableProviders)(char** names, int count);
  void* place_127[3];
  // What a library does not know, it leaves alone.
  OrtStatus* (*AddSessionConfigEntry)(OrtSessionOptions* options, const char* key, const char* value);
  void* place_131[39];
  OrtStatus* (*SessionOptionsAppendExecutionProvider_TensorRT_V2)(OrtSessionOptions* options,
                                                                  const OrtTensorRTProviderOptionsV2* provider);
  OrtStatus* (*CreateTensorRTProviderOptions)(OrtTensorRTProviderOptionsV2** out);
  OrtStatus* (*UpdateTensorRTProviderOptions)(OrtTensorRTProviderOptionsV2* provider, Names keys, Names values,
                                              size_t count);
  void* place_173[1];
  void (*ReleaseTensorRTProviderOptions)(OrtTensorRTProviderOptionsV2* provider);
  void* place_175[29];
  OrtStatus* (*SessionOptionsAppendExecutionProvider_CUDA_V2)(OrtSessionOptions* options,
                                                              const OrtCUDAProviderOptionsV2* provider);
  OrtStatus* (*CreateCUDAProviderOptions)(OrtCUDAProviderOptionsV2** out);
  OrtStatus* (*UpdateCUDAProviderOptions)(OrtCUDAProviderOptionsV2* provider, Names keys, Names values, size_t count);
  void* place_207[1];
  void (*ReleaseCUDAProviderOptions)(OrtCUDAProviderOptionsV2* provider);
  void* place_209[7];
  // For the providers that have no function of their own, by name.
  OrtStatus* (*SessionOptionsAppendExecutionProvider)(OrtSessionOptions* options, const char* provider, Names keys,
                                                      Names values, size_t count);
};

#define VERGE_ORT_PLACE(member, place) \
  static_assert(offsetof(OrtApi, member) == (place) * sizeof(void*), "the table of ONNX Runtime has it elsewhere")
VERGE_ORT_PLACE(Run, 9);
VERGE_ORT_PLACE(SetInterOpNumThreads, 25);
VERGE_ORT_PLACE(SessionGetOutputName, 37);
VERGE_ORT_PLACE(GetTensorMutableData, 51);
VERGE_ORT_PLACE(GetDimensions, 62);
VERGE_ORT_PLACE(GetAllocatorWithDefaultOptions, 78);
VERGE_ORT_PLACE(ReleaseSessionOptions, 100);
VERGE_ORT_PLACE(ReleaseAvailableProviders, 126);
VERGE_ORT_PLACE(AddSessionConfigEntry, 130);
VERGE_ORT_PLACE(ReleaseTensorRTProviderOptions, 174);
VERGE_ORT_PLACE(ReleaseCUDAProviderOptions, 208);
VERGE_ORT_PLACE(SessionOptionsAppendExecutionProvider, 216);
#undef VERGE_ORT_PLACE

struct OrtApiBase {
  const OrtApi* (*GetApi)(uint32_t version);  // null: the library is older than that
  const char* (*GetVersionString)();
};

}  // namespace verge::backend
