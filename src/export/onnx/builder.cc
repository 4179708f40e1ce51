#include "export/onnx/builder.h"

#include <algorithm>
#include <cstring>

#include "ops/elem.h"

namespace verge::to_onnx {
namespace {

// Constants up to this size are written once, however often they are made.
constexpr size_t kSmallBytes = 128;

std::vector<int64_t> ToInts(const Perm& perm) { return {perm.begin(), perm.end()}; }

// How a caller keeps a state: {"next": "<output>", "initial": 0} or the numbers, row by row.
std::string DescribeState(const ir::Graph& graph, const ir::State& state) {
  std::string text = "{\"next\": \"" + graph.value(state.input).name + ".next\", \"initial\": ";
  if (state.initial == ir::kNoValue) return text + "0}";
  const ir::Value& initial = graph.value(state.initial);
  ops::Dispatch(initial.dtype, [&]<typename T>() {
    const auto* from = reinterpret_cast<const T*>(initial.constant->data());
    for (size_t i = 0; i < initial.shape.elems(); ++i) {
      text += (i == 0 ? "[" : ", ") + std::to_string(static_cast<ops::Compute<T>>(from[i]));
    }
  });
  return text + "]}";
}

}  // namespace

std::shared_ptr<const ir::Buffer> Numbers(DType dtype, const std::vector<double>& values) {
  const std::shared_ptr<ir::Buffer> buffer = ir::Buffer::Allocate(values.size() * DTypeBytes(dtype));
  ops::Dispatch(dtype, [&]<typename T>() {
    auto* to = reinterpret_cast<T*>(buffer->mutable_data());
    for (size_t i = 0; i < values.size(); ++i) to[i] = T(static_cast<ops::Compute<T>>(values[i]));
  });
  return buffer;
}

Builder::Builder(const ir::Graph& graph, ModelDef& model, NodeExporter export_node)
    : graph_(graph),
      model_(model),
      export_node_(std::move(export_node)),
      stored_(graph.values.size()),
      real_(graph.values.size()) {
  const auto add_input = [&](ValueId id) {
    const TensorId tensor = NewTensor(graph.value(id).name);
    model_.inputs.push_back(tensor);
    Put(id, Identity(graph.value(id).shape.rank()), tensor);
    model_.tensors[static_cast<size_t>(tensor)].is_bound = true;
  };
  for (const ValueId id : graph.inputs) add_input(id);
  for (const ir::State& state : graph.states) add_input(state.input);
}

Builder::Builder(const ir::Graph& subgraph, const Builder& around, const std::vector<TensorId>& inputs)
    : graph_(subgraph),
      model_(around.model_),
      export_node_(around.export_node_),
      scope_(around.scope_),
      is_inner_(true),
      stored_(subgraph.values.size()),
      real_(subgraph.values.size()) {
  for (size_t i = 0; i < inputs.size(); ++i) {
    Put(subgraph.inputs[i], Identity(subgraph.value(subgraph.inputs[i]).shape.rank()), inputs[i]);
  }
}

void Builder::ExportNodes() {
  for (const ir::Node& node : graph_.nodes) export_node_(node, *this);
}

std::vector<TensorId> Builder::Run(const ir::Graph& subgraph, const std::vector<TensorId>& inputs) {
  Builder inner(subgraph, *this, inputs);
  inner.ExportNodes();
  std::vector<TensorId> outputs;
  for (const ValueId id : subgraph.outputs) outputs.push_back(inner.Get(id, Identity(subgraph.value(id).shape.rank())));
  return outputs;
}

std::shared_ptr<BodyDef> Builder::Body(std::vector<TensorId> inputs,
                                       const std::function<std::vector<TensorId>()>& make) {
  const auto body = std::make_shared<BodyDef>();
  body->name = scope_ + "/body";
  body->inputs = std::move(inputs);
  std::vector<NodeDef> outer = std::move(model_.nodes);
  model_.nodes.clear();
  // A body gives only what it made itself.
  for (const TensorId output : make()) body->outputs.push_back(Emit("Identity", {output}));
  body->nodes = std::move(model_.nodes);
  model_.nodes = std::move(outer);
  return body;
}

TensorId Builder::BodyInput(DType dtype, const Shape& shape) {
  const TensorId id = NewTensor(scope_ + "/input");
  TensorDef& def = model_.tensors[static_cast<size_t>(id)];
  def.has_type = true;
  def.dtype = dtype;
  def.shape = shape;
  return id;
}

TensorId Builder::NewTensor(const std::string& name) {
  model_.tensors.emplace_back().name = name;
  return static_cast<TensorId>(model_.tensors.size() - 1);
}

TensorId Builder::Lookup(const Forms& forms, ValueId id, const Perm& perm) const {
  for (const Form& form : forms[id]) {
    if (form.perm == perm) return form.tensor;
  }
  return kNoTensor;
}

void Builder::EnsureConstant(ValueId id) {
  const ir::Value& value = graph_.value(id);
  if (!value.is_constant() || !stored_[id].empty()) return;
  stored_[id].push_back({Identity(value.shape.rank()), Constant(value.dtype, value.shape, value.constant, value.name)});
}

TensorId Builder::Get(ValueId id, const Perm& perm) {
  EnsureConstant(id);
  const TensorId found = Lookup(stored_, id, perm);
  if (found != kNoTensor || stored_[id].empty()) return found;
  const Form& native = stored_[id].front();
  const TensorId made = Transpose(native.tensor, Compose(Inverse(native.perm), perm));
  Put(id, perm, made);
  return made;
}

TensorId Builder::GetReal(ValueId id, const Perm& perm) {
  if (graph_.value(id).quant.scales.empty()) return Get(id, perm);
  const TensorId found = Lookup(real_, id, perm);
  if (found != kNoTensor) return found;
  const TensorId made = Dequantise(id, perm, Get(id, perm));
  real_[id].push_back({perm, made});
  return made;
}

void Builder::Put(ValueId id, const Perm& perm, TensorId tensor) {
  const ir::Value& value = graph_.value(id);
  stored_[id].push_back({perm, tensor});
  TensorDef& def = model_.tensors[static_cast<size_t>(tensor)];
  if (def.data != nullptr) return;
  const bool is_plain = IsIdentity(perm);
  if (is_plain && !def.is_bound && !is_inner_) {
    def.name = value.name;
    def.is_bound = true;
  } else if (def.name.empty()) {
    def.name = value.name + ".reordered";
  }
  def.has_type = true;
  def.dtype = value.dtype;
  def.shape = Permuted(value.shape, perm);
}

void Builder::PutReal(ValueId id, const Perm& perm, TensorId tensor) {
  const bool is_quantised = !graph_.value(id).quant.scales.empty();
  Put(id, perm, is_quantised ? Quantise(id, perm, tensor) : tensor);
}

Perm Builder::Native(ValueId id) const {
  if (!stored_[id].empty() && !graph_.value(id).is_constant()) return stored_[id].front().perm;
  return Identity(graph_.value(id).shape.rank());
}

bool Builder::Holds(ValueId id, const Perm& perm) const { return Lookup(stored_, id, perm) != kNoTensor; }

void Builder::Rename(ValueId from, ValueId to, const Perm& map) {
  EnsureConstant(from);
  const std::vector<Form> forms = stored_[from];
  for (const Form& form : forms) Put(to, Compose(map, form.perm), form.tensor);
}

TensorId Builder::Cut(TensorId x, const ir::CountedDim& dim) {
  TensorId count = Reshape(Get(dim.count, Identity(graph_.value(dim.count).shape.rank())), {1});
  if (dim.factor != 1) count = Emit("Mul", {count, Ints({dim.factor})});
  return Emit("Slice", {x, Ints({0}), count, Ints({dim.dim})});
}

void Builder::PutOutputs() {
  std::vector<TensorId> taken = model_.inputs;
  const auto put = [&](ValueId id, const std::string& name, const std::vector<ir::CountedDim>& counted) {
    const ir::Value& value = graph_.value(id);
    SetScope(name);
    TensorId tensor = Get(id, Identity(value.shape.rank()));
    if (!counted.empty()) {
      // The name is for what has no margin.
      TensorDef& whole = model_.tensors[static_cast<size_t>(tensor)];
      whole.is_bound = std::find(taken.begin(), taken.end(), tensor) != taken.end();
    }
    for (const ir::CountedDim& dim : counted) tensor = Cut(tensor, dim);
    const bool is_taken = std::find(taken.begin(), taken.end(), tensor) != taken.end();
    if (is_taken || this->tensor(tensor).data != nullptr || this->tensor(tensor).name != name) {
      if (counted.empty()) tensor = Emit("Identity", {tensor});
      TensorDef& def = model_.tensors[static_cast<size_t>(tensor)];
      def = {name, true, true, value.dtype, value.shape, nullptr};
      for (const ir::CountedDim& dim : counted) def.shape.set(dim.dim, -1);
    }
    taken.push_back(tensor);
    model_.outputs.push_back(tensor);
  };
  for (size_t i = 0; i < graph_.outputs.size(); ++i) {
    std::vector<ir::CountedDim> counted;
    for (const ir::CountedDim& dim : graph_.counted) {
      if (dim.output == i) counted.push_back(dim);
    }
    put(graph_.outputs[i], graph_.value(graph_.outputs[i]).name, counted);
  }
  for (const ir::State& state : graph_.states) {
    const std::string& name = graph_.value(state.input).name;
    put(state.output, name + ".next", {});
    model_.metadata.emplace_back("verge.state." + name, DescribeState(graph_, state));
  }
}

TensorId Builder::Emit(const char* op, std::vector<TensorId> inputs, std::vector<Attr> attrs) {
  return EmitMany(op, std::move(inputs), 1, std::move(attrs))[0];
}

std::vector<TensorId> Builder::EmitMany(const char* op, std::vector<TensorId> inputs, size_t outputs,
                                        std::vector<Attr> attrs) {
  while (!inputs.empty() && inputs.back() == kNoTensor) inputs.pop_back();
  NodeDef& node = model_.nodes.emplace_back();
  node.op = op;
  node.name = scope_ + "/" + op;
  node.inputs = std::move(inputs);
  node.attrs = std::move(attrs);
  for (size_t i = 0; i < outputs; ++i) node.outputs.push_back(NewTensor(""));
  return node.outputs;
}

TensorId Builder::Constant(DType dtype, const Shape& shape, std::shared_ptr<const ir::Buffer> data,
                           const std::string& name) {
  std::string key;
  if (data->size() <= kSmallBytes && name.empty()) {
    key = std::string(DTypeName(dtype)) + ToString(shape);
    key.append(reinterpret_cast<const char*>(data->data()), data->size());
    const auto known = small_constants_.find(key);
    if (known != small_constants_.end()) return known->second;
  }
  const TensorId id = NewTensor(name);
  model_.tensors[static_cast<size_t>(id)] = {name, false, true, dtype, shape, std::move(data)};
  if (!key.empty()) small_constants_[key] = id;
  return id;
}

TensorId Builder::Ints(const std::vector<int64_t>& values) {
  return Constant(DType::kI64, {static_cast<int64_t>(values.size())},
                  ir::Buffer::CopyOf(values.data(), values.size() * sizeof(int64_t)));
}

TensorId Builder::Floats(const std::vector<float>& values) {
  return Constant(DType::kF32, {static_cast<int64_t>(values.size())},
                  ir::Buffer::CopyOf(values.data(), values.size() * sizeof(float)));
}

TensorId Builder::Scalar(DType dtype, double value) { return Constant(dtype, Shape(), Numbers(dtype, {value})); }

TensorId Builder::Transpose(TensorId x, const Perm& perm) {
  if (IsIdentity(perm)) return x;
  const TensorDef from = tensor(x);
  if (from.data == nullptr) return Emit("Transpose", {x}, {{"perm", ToInts(perm)}});
  const std::shared_ptr<ir::Buffer> data = ir::Buffer::Allocate(from.data->size());
  PermuteBytes(from.shape, DTypeBytes(from.dtype), from.data->data(), perm, data->mutable_data());
  return Constant(from.dtype, Permuted(from.shape, perm), data, from.name);
}

TensorId Builder::Reshape(TensorId x, const std::vector<int64_t>& dims) {
  const TensorDef from = tensor(x);
  if (from.data == nullptr) return Emit("Reshape", {x, Ints(dims)});
  return Constant(from.dtype, *Shape::FromSpan(dims), from.data, from.name);
}

TensorId Builder::Spread(TensorId numbers, const ir::Value& value, const Perm& perm) {
  if (value.quant.scales.size() == 1) return numbers;
  std::vector<int64_t> dims(perm.size(), 1);
  dims[static_cast<size_t>(PlaceOf(perm, value.quant.axis))] = static_cast<int64_t>(value.quant.scales.size());
  return Reshape(numbers, dims);
}

// One number a scale, or a scalar.
TensorId Builder::Zeros(const ir::Value& value, DType dtype) {
  std::vector<double> zeros(value.quant.scales.size(), 0.0);
  for (size_t i = 0; i < std::min(zeros.size(), value.quant.zero_points.size()); ++i)
    zeros[i] = static_cast<double>(value.quant.zero_points[i]);
  const Shape shape = zeros.size() == 1 ? Shape() : Shape{static_cast<int64_t>(zeros.size())};
  return Constant(dtype, shape, Numbers(dtype, zeros));
}

namespace {

bool HasZeroPoint(const ir::Value& value) {
  return std::ranges::any_of(value.quant.zero_points, [](int32_t zero) { return zero != 0; });
}

std::vector<Attr> AxisOf(const ir::Value& value, const Perm& perm) {
  if (value.quant.scales.size() == 1) return {};
  return {{"axis", static_cast<int64_t>(PlaceOf(perm, value.quant.axis))}};
}

}  // namespace

TensorId Builder::Dequantise(ValueId id, const Perm& perm, TensorId x) {
  const ir::Value& value = graph_.value(id);
  const TensorId scales =
      value.quant.scales.size() == 1 ? Scalar(DType::kF32, value.quant.scales[0]) : Floats(value.quant.scales);
  const bool is_byte = value.dtype == DType::kI8 || value.dtype == DType::kU8;
  if (is_byte) return Emit("DequantizeLinear", {x, scales, Zeros(value, value.dtype)}, AxisOf(value, perm));
  if (value.dtype == DType::kI32 && !HasZeroPoint(value))
    return Emit("DequantizeLinear", {x, scales}, AxisOf(value, perm));
  // DequantizeLinear takes no other types before opset 21.
  TensorId real = Emit("Cast", {x}, {{"to", int64_t{1}}});
  if (HasZeroPoint(value)) real = Emit("Sub", {real, Spread(Zeros(value, DType::kF32), value, perm)});
  return Emit("Mul", {real, Spread(scales, value, perm)});
}

TensorId Builder::Quantise(ValueId id, const Perm& perm, TensorId x) {
  const ir::Value& value = graph_.value(id);
  const TensorId scales =
      value.quant.scales.size() == 1 ? Scalar(DType::kF32, value.quant.scales[0]) : Floats(value.quant.scales);
  const bool is_byte = value.dtype == DType::kI8 || value.dtype == DType::kU8;
  if (is_byte) return Emit("QuantizeLinear", {x, scales, Zeros(value, value.dtype)}, AxisOf(value, perm));
  TensorId steps = Emit("Round", {Emit("Div", {x, Spread(scales, value, perm)})});
  if (HasZeroPoint(value)) steps = Emit("Add", {steps, Spread(Zeros(value, DType::kF32), value, perm)});
  const bool is_wide = value.dtype == DType::kI32;
  // The largest f32 below 2^31, so that the cast cannot overflow.
  const double low = is_wide ? -2147483648.0 : -32768.0;
  const double high = is_wide ? 2147483520.0 : 32767.0;
  const TensorId inside = Emit("Clip", {steps, Scalar(DType::kF32, low), Scalar(DType::kF32, high)});
  return Emit("Cast", {inside}, {{"to", int64_t{is_wide ? 6 : 5}}});
}

}  // namespace verge::to_onnx
