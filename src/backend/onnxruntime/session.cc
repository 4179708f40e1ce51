#include "backend/onnxruntime/session.h"

#include <algorithm>
#include <array>
#include <optional>

#include "backend/onnxruntime/library.h"
#include "backend/onnxruntime/providers.h"
#include "format/model/aligned_bytes.h"
#include "ops/elem.h"
#include "sys/file/file.h"

namespace verge::backend {
namespace {

template <typename T>
using Handle = std::unique_ptr<T, void (*)(T*)>;

struct TypeRow {
  OrtElementType theirs;
  DType ours;
};
constexpr std::array<TypeRow, kDTypeCount> kTypes = {{{kOrtFloat, DType::kF32},
                                                      {kOrtFloat16, DType::kF16},
                                                      {kOrtBfloat16, DType::kBF16},
                                                      {kOrtInt8, DType::kI8},
                                                      {kOrtUint8, DType::kU8},
                                                      {kOrtInt16, DType::kI16},
                                                      {kOrtInt32, DType::kI32},
                                                      {kOrtInt64, DType::kI64},
                                                      {kOrtBool, DType::kBool},
                                                      {kOrtDouble, DType::kF64},
                                                      {kOrtUint16, DType::kU16},
                                                      {kOrtUint32, DType::kU32},
                                                      {kOrtUint64, DType::kU64}}};

Result<DType> TypeFrom(OrtElementType theirs, const std::string& name) {
  for (const TypeRow& row : kTypes) {
    if (row.theirs == theirs) return row.ours;
  }
  return VERGE_ERROR(kUnsupported, "'" + name + "' has the element type " + std::to_string(theirs) +
                                       " (ONNX numbering), which Verge does not have");
}

OrtElementType TypeTo(DType ours) {
  return std::ranges::find_if(kTypes, [&](const TypeRow& row) { return row.ours == ours; })->theirs;
}

// What the library says of a tensor, unknown dimensions as -1.
struct Described {
  DType dtype = DType::kF32;
  std::vector<int64_t> dims;
};

Result<Described> Describe(const OrtLibrary& library, const OrtTensorTypeAndShapeInfo* info, const std::string& name) {
  const OrtApi& api = library.api();
  OrtElementType type{};
  size_t rank = 0;
  VERGE_TRY(library.Check(api.GetTensorElementType(info, &type), "cannot tell an element type"));
  VERGE_TRY(library.Check(api.GetDimensionsCount(info, &rank), "cannot tell a rank"));
  Described out;
  VERGE_TRY_ASSIGN(out.dtype, TypeFrom(type, name));
  if (rank > static_cast<size_t>(Shape::kMaxRank)) {
    return VERGE_ERROR(kUnsupported, "'" + name + "' has more than 8 dimensions");
  }
  out.dims.resize(rank);
  VERGE_TRY(library.Check(api.GetDimensions(info, out.dims.data(), rank), "cannot tell a shape"));
  return out;
}

void FillWith(double value, const Tensor& tensor) {
  ops::Dispatch(tensor.dtype(), [&]<typename T>() {
    std::fill_n(tensor.as<T>(), tensor.shape().elems(), T(static_cast<ops::Compute<T>>(value)));
  });
}

class OrtSessionImpl final : public EngineSession {
 public:
  OrtSessionImpl(std::shared_ptr<const OrtLibrary> library, const OrtOptions& options)
      : library_(std::move(library)),
        options_(options),
        engine_("onnxruntime " + library_->version() + " (" + ProviderName(options.choice.provider) + ")"),
        session_(nullptr, nullptr),
        memory_info_(nullptr, nullptr) {}

  Status Open(const OnnxSource& source);

  std::span<const Port> inputs() const override { return inputs_; }
  std::span<const Port> outputs() const override { return outputs_; }
  std::string_view engine() const override { return engine_; }
  Status Run() override;

 private:
  Status CreateSession(const OnnxSource& source);
  Result<std::string> NameOf(bool is_input, size_t index) const;
  Status AddInput(size_t index);
  Result<Shape> ShapeOf(const std::string& name, const Described& described) const;
  Status BindInput(const std::string& name, const Tensor& tensor, size_t bytes);
  Status ReadOutput(OrtValue* value, Port& port) const;
  Status CheckOptionNames() const;

  // Released in reverse order: the library's environment last.
  std::shared_ptr<const OrtLibrary> library_;
  OrtOptions options_;
  std::string engine_;
  Handle<OrtSession> session_;
  Handle<OrtMemoryInfo> memory_info_;
  std::vector<format::AlignedBytes> memory_;
  std::vector<std::string> input_names_;  // of the library's inputs: those in inputs_ and those of known value
  std::vector<std::string> output_names_;
  std::vector<Handle<OrtValue>> input_values_;
  std::vector<Handle<OrtValue>> output_values_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

Status OrtSessionImpl::CreateSession(const OnnxSource& source) {
  const OrtApi& api = library_->api();
  OrtSessionOptions* made = nullptr;
  VERGE_TRY(library_->Check(api.CreateSessionOptions(&made), "cannot make options"));
  const Handle<OrtSessionOptions> options(made, api.ReleaseSessionOptions);
  const OrtGraphOptimizationLevel level = options_.optimize ? kOrtEnableAll : kOrtDisableAll;
  VERGE_TRY(library_->Check(api.SetSessionGraphOptimizationLevel(made, level), "refuses the optimisation level"));
  VERGE_TRY(library_->Check(api.SetIntraOpNumThreads(made, options_.threads), "refuses the number of threads"));
  VERGE_TRY(library_->Check(api.SetInterOpNumThreads(made, 1), "refuses the number of threads"));
  if (!source.bytes.empty() && !source.path.empty()) {
    const std::string folder = sys::ParentPath(source.path);
    VERGE_TRY(library_->Check(
        api.AddSessionConfigEntry(made, "session.model_external_initializers_file_folder_path", folder.c_str()),
        "refuses the folder of the weights"));
  }
  VERGE_TRY(AppendProvider(*library_, options_.choice, made));
  OrtSession* session = nullptr;
  OrtStatus* const status =
      source.bytes.empty()
          ? api.CreateSession(library_->env(), source.path.c_str(), made, &session)
          : api.CreateSessionFromArray(library_->env(), source.bytes.data(), source.bytes.size(), made, &session);
  VERGE_TRY(library_->Check(status, "cannot load the model"));
  session_ = Handle<OrtSession>(session, api.ReleaseSession);
  return Status::Ok();
}

Result<std::string> OrtSessionImpl::NameOf(bool is_input, size_t index) const {
  const OrtApi& api = library_->api();
  OrtAllocator* allocator = nullptr;
  VERGE_TRY(library_->Check(api.GetAllocatorWithDefaultOptions(&allocator), "has no allocator"));
  char* text = nullptr;
  const auto get = is_input ? api.SessionGetInputName : api.SessionGetOutputName;
  VERGE_TRY(library_->Check(get(session_.get(), index, allocator, &text), "cannot tell a name"));
  const std::string name = text != nullptr ? text : "";
  VERGE_TRY(library_->Check(api.AllocatorFree(allocator, text), "cannot free a name"));
  return name;
}

Result<Shape> OrtSessionImpl::ShapeOf(const std::string& name, const Described& described) const {
  std::vector<int64_t> dims = described.dims;
  const auto given = options_.shapes.find(name);
  if (given != options_.shapes.end()) {
    const std::span<const int64_t> wanted = given->second.dims();
    bool fits = dims.empty() || dims.size() == wanted.size();
    for (size_t d = 0; fits && d < dims.size(); ++d) fits = dims[d] < 0 || dims[d] == wanted[d];
    if (fits) return given->second;
    return VERGE_ERROR(kInvalidArgument, "the shape " + ToString(given->second) + " for input '" + name +
                                             "' contradicts the model, whose input has another rank or size");
  }
  const bool is_known_value = options_.values.count(name) != 0;
  for (size_t d = 0; d < dims.size(); ++d) {
    if (dims[d] >= 0) continue;
    if (d > 0 && !is_known_value) {
      return VERGE_ERROR(kFailedPrecondition, "input '" + name + "' has the unknown dimension " + std::to_string(d) +
                                                  "; give its shape with --shape");
    }
    dims[d] = 1;  // one sample
  }
  return *Shape::FromSpan(dims);
}

Status OrtSessionImpl::BindInput(const std::string& name, const Tensor& tensor, size_t bytes) {
  const OrtApi& api = library_->api();
  OrtValue* value = nullptr;
  const std::span<const int64_t> dims = tensor.type.shape.dims();
  VERGE_TRY(library_->Check(api.CreateTensorWithDataAsOrtValue(memory_info_.get(), tensor.data, bytes, dims.data(),
                                                               dims.size(), TypeTo(tensor.dtype()), &value),
                            "cannot take an input"));
  input_values_.emplace_back(value, api.ReleaseValue);
  input_names_.push_back(name);
  return Status::Ok();
}

Status OrtSessionImpl::AddInput(size_t index) {
  const OrtApi& api = library_->api();
  VERGE_TRY_ASSIGN(const std::string name, NameOf(true, index));
  OrtTypeInfo* made = nullptr;
  VERGE_TRY(library_->Check(api.SessionGetInputTypeInfo(session_.get(), index, &made), "cannot tell an input's type"));
  const Handle<OrtTypeInfo> type(made, api.ReleaseTypeInfo);
  const OrtTensorTypeAndShapeInfo* info = nullptr;
  VERGE_TRY(library_->Check(api.CastTypeInfoToTensorInfo(made, &info), "cannot tell an input's type"));
  if (info == nullptr) {
    return VERGE_ERROR(kUnsupported, "input '" + name + "' is no tensor (a sequence, a map or an optional)");
  }
  VERGE_TRY_ASSIGN(const Described described, Describe(*library_, info, name));
  VERGE_TRY_ASSIGN(const Shape shape, ShapeOf(name, described));
  Tensor tensor{{described.dtype, shape, {}}, nullptr};
  const std::optional<size_t> bytes = tensor.type.CheckedBytes();
  if (!bytes) return VERGE_ERROR(kResourceExhausted, "input '" + name + "' " + ToString(shape) + " is too large");
  VERGE_TRY_ASSIGN(format::AlignedBytes memory, format::AlignedBytes::Allocate(std::max<size_t>(*bytes, 1)));
  tensor.data = memory.bytes().data();
  memory_.push_back(std::move(memory));
  VERGE_TRY(BindInput(name, tensor, *bytes));
  const auto value = options_.values.find(name);
  if (value != options_.values.end()) {
    FillWith(value->second, tensor);
  } else {
    inputs_.push_back({name, tensor});
  }
  return Status::Ok();
}

// Options that name no input are mistakes.
Status OrtSessionImpl::CheckOptionNames() const {
  std::string known;
  for (const std::string& name : input_names_) known += (known.empty() ? "" : ", ") + name;
  const auto check = [&](const std::string& name) -> Status {
    if (std::ranges::find(input_names_, name) != input_names_.end()) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "the model has no input '" + name + "'; it has " + known);
  };
  for (const auto& [name, shape] : options_.shapes) VERGE_TRY(check(name));
  for (const auto& [name, value] : options_.values) VERGE_TRY(check(name));
  return Status::Ok();
}

Status OrtSessionImpl::Open(const OnnxSource& source) {
  const OrtApi& api = library_->api();
  VERGE_TRY(CreateSession(source));
  OrtMemoryInfo* info = nullptr;
  VERGE_TRY(library_->Check(api.CreateCpuMemoryInfo(kOrtDeviceAllocator, kOrtMemDefault, &info), "has no CPU memory"));
  memory_info_ = Handle<OrtMemoryInfo>(info, api.ReleaseMemoryInfo);
  size_t count = 0;
  VERGE_TRY(library_->Check(api.SessionGetInputCount(session_.get(), &count), "cannot count the inputs"));
  for (size_t i = 0; i < count; ++i) VERGE_TRY(AddInput(i));
  VERGE_TRY(CheckOptionNames());
  VERGE_TRY(library_->Check(api.SessionGetOutputCount(session_.get(), &count), "cannot count the outputs"));
  for (size_t i = 0; i < count; ++i) {
    VERGE_TRY_ASSIGN(std::string name, NameOf(false, i));
    output_names_.push_back(name);
    outputs_.push_back({std::move(name), {}});
  }
  return Status::Ok();
}

Status OrtSessionImpl::ReadOutput(OrtValue* value, Port& port) const {
  const OrtApi& api = library_->api();
  int is_tensor = 0;
  if (value != nullptr) VERGE_TRY(library_->Check(api.IsTensor(value, &is_tensor), "cannot tell an output's type"));
  if (is_tensor == 0) {
    return VERGE_ERROR(kUnsupported, "output '" + port.name + "' is no tensor (a sequence, a map or an optional)");
  }
  OrtTensorTypeAndShapeInfo* made = nullptr;
  VERGE_TRY(library_->Check(api.GetTensorTypeAndShape(value, &made), "cannot tell an output's type"));
  const Handle<OrtTensorTypeAndShapeInfo> info(made, api.ReleaseTensorTypeAndShapeInfo);
  VERGE_TRY_ASSIGN(const Described described, Describe(*library_, made, port.name));
  const std::optional<Shape> shape = Shape::FromSpan(described.dims);
  if (!shape || !TensorType{described.dtype, *shape, {}}.CheckedBytes()) {
    return VERGE_ERROR(kInternal, "ONNX Runtime gives output '" + port.name + "' an impossible shape");
  }
  void* data = nullptr;
  VERGE_TRY(library_->Check(api.GetTensorMutableData(value, &data), "cannot give an output"));
  if (data == nullptr && shape->elems() > 0) {
    return VERGE_ERROR(kInternal, "ONNX Runtime gives no data for output '" + port.name + "'");
  }
  port.tensor = {{described.dtype, *shape, {}}, data};
  return Status::Ok();
}

Status OrtSessionImpl::Run() {
  std::vector<const char*> input_names, output_names;
  for (const std::string& name : input_names_) input_names.push_back(name.c_str());
  for (const std::string& name : output_names_) output_names.push_back(name.c_str());
  std::vector<const OrtValue*> inputs;
  for (const Handle<OrtValue>& value : input_values_) inputs.push_back(value.get());
  output_values_.clear();
  std::vector<OrtValue*> outputs(output_names.size(), nullptr);
  OrtStatus* const status =
      library_->api().Run(session_.get(), nullptr, input_names.data(), inputs.data(), inputs.size(),
                          output_names.data(), output_names.size(), outputs.data());
  for (OrtValue* value : outputs) output_values_.emplace_back(value, library_->api().ReleaseValue);
  VERGE_TRY(library_->Check(status, "cannot run the model"));
  outputs_.clear();
  for (size_t i = 0; i < outputs.size(); ++i) {
    Port port{output_names_[i], {}};
    Status read = ReadOutput(outputs[i], port);
    if (read.code() == StatusCode::kUnsupported && options_.skip_foreign_outputs) continue;
    VERGE_TRY(std::move(read));
    outputs_.push_back(std::move(port));
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<EngineSession>> OpenOnnxRuntime(const OnnxSource& source, const OrtOptions& options) {
  VERGE_TRY_ASSIGN(std::shared_ptr<const OrtLibrary> library, OrtLibrary::Load(options.choice.library));
  auto session = std::make_unique<OrtSessionImpl>(std::move(library), options);
  VERGE_TRY(session->Open(source));
  return std::unique_ptr<EngineSession>(std::move(session));
}

}  // namespace verge::backend
