// The doors to the importers: which one a file wants, and what an ONNX model needs to be told.
#include <algorithm>
#include <cstring>

#include "compile/compile.h"
#include "compile/dynamic.h"
#include "import/onnx/import.h"
#include "import/tflite/import.h"
#include "ir/text.h"
#include "ops/elem.h"

namespace verge::compile {
namespace {

std::shared_ptr<const ir::Buffer> Filled(const TensorType& type, double value) {
  const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(type.CheckedBytes().value_or(0));
  ops::Dispatch(type.dtype, [&]<typename T>() {
    auto* to = reinterpret_cast<T*>(buffer->mutable_data());
    std::fill(to, to + buffer->size() / sizeof(T), T(static_cast<ops::Compute<T>>(value)));
  });
  return buffer;
}

// An input as far as the file says: -1 where a dimension is open; names of dimensions may be "".
struct InputInfo {
  std::string name;
  std::vector<int64_t> dims;
  std::vector<std::string> dim_names;
};

std::vector<InputInfo> InputsOf(const onnx::ModelDef& model) {
  std::vector<InputInfo> inputs;
  for (const onnx::ValueInfo& info : onnx::ModelInputs(model)) {
    inputs.push_back({info.name, info.type.dims, info.type.dim_names});
  }
  return inputs;
}

// Of a TFLite file. Any dimension of it may be set anew, named or not; those the file says to be open count as such.
Result<std::vector<InputInfo>> InputsOf(std::span<const std::byte> bytes) {
  VERGE_TRY_ASSIGN(const std::vector<tflite::InputInfo> infos, tflite::ModelInputs(bytes));
  std::vector<InputInfo> inputs;
  for (const tflite::InputInfo& info : infos) {
    inputs.push_back({info.name, info.dims, std::vector<std::string>(info.dims.size())});
  }
  return inputs;
}

// The shape of an input as far as the file says it, unless it is stated; unknown dimensions of a known value are 1.
Result<Shape> ShapeOf(const InputInfo& input, const ImportOptions& options) {
  const auto stated = options.shapes.find(input.name);
  if (stated != options.shapes.end()) return stated->second;
  std::vector<int64_t> dims = input.dims;
  for (int64_t& d : dims) d = d < 0 ? 1 : d;
  const std::optional<Shape> shape = Shape::FromSpan(dims);
  if (!shape) return VERGE_ERROR(kUnsupported, "input '" + input.name + "' has more than 8 dimensions");
  return *shape;
}

// Options that name no input are mistakes.
Status CheckNames(const std::vector<InputInfo>& inputs, const ImportOptions& options) {
  std::string known;
  for (const InputInfo& input : inputs) known += (known.empty() ? "" : ", ") + input.name;
  const auto check = [&](const std::string& name) -> Status {
    if (std::ranges::find(inputs, name, &InputInfo::name) != inputs.end()) return Status::Ok();
    return VERGE_ERROR(kInvalidArgument, "the model has no input '" + name + "'; it has " + known);
  };
  for (const auto& [name, shape] : options.shapes) VERGE_TRY(check(name));
  for (const auto& [name, value] : options.values) VERGE_TRY(check(name));
  return Status::Ok();
}

onnx::ExternalReader ReaderOf(const ImportOptions& options) {
  if (!options.read_beside) return nullptr;
  return [&options](const std::string& name, uint64_t offset,
                    uint64_t length) -> Result<std::shared_ptr<const ir::Buffer>> {
    VERGE_TRY_ASSIGN(const std::string bytes, options.read_beside(name, offset, length));
    return std::shared_ptr<const ir::Buffer>(ir::Buffer::CopyOf(bytes.data(), bytes.size()));
  };
}

Result<ir::Graph> ImportOnnx(std::span<const std::byte> bytes, const ImportOptions& options) {
  VERGE_TRY_ASSIGN(const onnx::ModelDef model, onnx::ParseModel(bytes, ReaderOf(options)));
  VERGE_TRY(CheckNames(InputsOf(model), options));
  onnx::ImportOptions wanted;
  for (const onnx::ValueInfo& input : onnx::ModelInputs(model)) {
    const auto value = options.values.find(input.name);
    if (value == options.values.end() && options.shapes.count(input.name) == 0) continue;
    onnx::Datum example;
    example.name = input.name;
    example.tensor.dtype = input.type.dtype;
    VERGE_TRY_ASSIGN(example.tensor.shape, ShapeOf({input.name, input.type.dims, {}}, options));
    if (value != options.values.end()) {
      example.tensor.data = Filled({input.type.dtype, example.tensor.shape, {}}, value->second);
      wanted.constants.insert(input.name);
    }
    wanted.examples.push_back(std::move(example));
  }
  return onnx::Import(model, wanted);
}

Result<ir::Graph> ImportTflite(std::span<const std::byte> bytes, const ImportOptions& options) {
  if (!options.values.empty()) {
    return VERGE_ERROR(kInvalidArgument, "values of inputs can be given for ONNX models only");
  }
  if (!options.shapes.empty()) {
    VERGE_TRY_ASSIGN(const std::vector<InputInfo> inputs, InputsOf(bytes));
    VERGE_TRY(CheckNames(inputs, options));
  }
  return tflite::Import(bytes, {}, options.shapes);
}

bool LooksLikeText(std::span<const std::byte> bytes) {
  constexpr std::string_view kStart = "graph \"";
  return bytes.size() >= kStart.size() && std::memcmp(bytes.data(), kStart.data(), kStart.size()) == 0;
}

Result<ir::Graph> ImportText(std::span<const std::byte> bytes, const ImportOptions& options) {
  if (!options.shapes.empty() || !options.values.empty()) {
    return VERGE_ERROR(kInvalidArgument, "shapes and values cannot be given for a graph that is written as text");
  }
  return ir::Parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Result<ir::Graph> Import(std::span<const std::byte> bytes, std::string_view name, const ImportOptions& options) {
  Result<ir::Graph> graph =
      VERGE_ERROR(kUnsupported,
                  "not a model file that can be imported; known are TFLite (.tflite), ONNX (.onnx) and "
                  "graphs written as text (.graph)");
  if (tflite::LooksLikeTflite(bytes)) {
    graph = ImportTflite(bytes, options);
  } else if (onnx::LooksLikeOnnx(bytes)) {
    graph = ImportOnnx(bytes, options);
  } else if (LooksLikeText(bytes)) {
    graph = ImportText(bytes, options);
  }
  if (!graph.ok()) return std::move(graph).status().WithContext(name);
  if (graph->name.empty()) graph->name = name;
  return graph;
}

namespace {

// The dimensions that the options leave open, as inputs and places.
Result<std::vector<OpenDim>> FindOpenDims(const std::vector<InputInfo>& inputs, const ImportOptions& options,
                                          std::vector<OpenSize>& sizes) {
  std::vector<OpenDim> dims;
  std::string known;
  for (const auto& [name, range] : options.dynamic) {
    const size_t before = dims.size();
    for (const InputInfo& input : inputs) {
      for (size_t d = 0; d < input.dims.size(); ++d) {
        if (input.dims[d] >= 0) continue;
        const std::string place = input.name + ":" + std::to_string(d);
        if (sizes.empty())
          known += (known.empty() ? "" : ", ") + (input.dim_names[d].empty() ? place : input.dim_names[d]);
        if (name == place || name == input.dim_names[d])
          dims.push_back({input.name, static_cast<int>(d), sizes.size()});
      }
    }
    sizes.push_back({name, range});
    if (dims.size() > before) continue;
    return VERGE_ERROR(kInvalidArgument, "the model leaves no dimension '" + name + "' open; open are " +
                                             (known.empty() ? "none" : known));
  }
  return dims;
}

}  // namespace

Result<Compiled> ImportAndCompile(std::span<const std::byte> bytes, std::string_view name,
                                  const ImportOptions& import_options, const CompileOptions& options) {
  if (import_options.dynamic.empty()) {
    VERGE_TRY_ASSIGN(ir::Graph graph, Import(bytes, name, import_options));
    Result<Compiled> compiled = Compile(std::move(graph), options);
    if (!compiled.ok()) return std::move(compiled).status().WithContext(name);
    return compiled;
  }
  std::vector<InputInfo> inputs;
  if (tflite::LooksLikeTflite(bytes)) {
    VERGE_TRY_ASSIGN(inputs, InputsOf(bytes));
  } else if (onnx::LooksLikeOnnx(bytes)) {
    VERGE_TRY_ASSIGN(const onnx::ModelDef model, onnx::ParseModel(bytes, ReaderOf(import_options)));
    inputs = InputsOf(model);
  } else {
    return VERGE_ERROR(kInvalidArgument, std::string(name) + ": sizes can stay open in ONNX and TFLite models");
  }
  std::vector<OpenSize> sizes;
  VERGE_TRY_ASSIGN(const std::vector<OpenDim> dims, FindOpenDims(inputs, import_options, sizes));
  const ImportForSizes import = [&](std::span<const int64_t> now) -> Result<ir::Graph> {
    ImportOptions fixed = import_options;
    for (const OpenDim& dim : dims) {
      const auto input = std::ranges::find(inputs, dim.input, &InputInfo::name);
      if (fixed.shapes.count(dim.input) == 0) {
        VERGE_TRY_ASSIGN(fixed.shapes[dim.input], ShapeOf(*input, fixed));
      }
      fixed.shapes[dim.input].set(dim.dim, now[dim.size]);
    }
    return Import(bytes, name, fixed);
  };
  Result<Compiled> compiled = CompileDynamic(import, sizes, dims, options);
  if (!compiled.ok()) return std::move(compiled).status().WithContext(name);
  return compiled;
}

}  // namespace verge::compile
