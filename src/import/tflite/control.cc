// Variables and calls of subgraphs: the operators that the importer resolves itself.
#include <algorithm>

#include "import/tflite/graph_importer.h"
#include "ir/evaluate.h"
#include "ir/verify.h"
#include "ops/op_ids.h"

namespace verge::tflite {
namespace {

using schema::BuiltinOperator;

constexpr BuiltinOperator kControl[] = {
    BuiltinOperator::ASSIGN_VARIABLE, BuiltinOperator::CALL,
    BuiltinOperator::CALL_ONCE,       BuiltinOperator::IF,
    BuiltinOperator::VAR_HANDLE,      BuiltinOperator::READ_VARIABLE,
    BuiltinOperator::WHILE,           BuiltinOperator::STABLEHLO_COMPOSITE,
};

Status NoOptions() { return VERGE_ERROR(kDataLoss, "has no options of its own kind"); }

Status CheckCount(const schema::Operator& op, size_t inputs, size_t outputs) {
  if (SizeOf(op.inputs()) == inputs && SizeOf(op.outputs()) == outputs) return Status::Ok();
  return VERGE_ERROR(kDataLoss, "has " + std::to_string(SizeOf(op.inputs())) + " inputs and " +
                                    std::to_string(SizeOf(op.outputs())) + " outputs, wants " + std::to_string(inputs) +
                                    " and " + std::to_string(outputs));
}

}  // namespace

bool IsControl(BuiltinOperator code) {
  return std::find(std::begin(kControl), std::end(kControl), code) != std::end(kControl);
}

Status GraphImporter::MapControl(size_t index, BuiltinOperator code) {
  const schema::Operator& op = OperatorAt(index);
  switch (code) {
    case BuiltinOperator::VAR_HANDLE: return MapVarHandle(op);
    case BuiltinOperator::READ_VARIABLE: return MapReadVariable(op);
    case BuiltinOperator::ASSIGN_VARIABLE: return MapAssignVariable(op);
    case BuiltinOperator::CALL_ONCE: return MapCallOnce(op);
    case BuiltinOperator::IF: return MapIf(index);
    case BuiltinOperator::WHILE: return MapWhile(index);
    case BuiltinOperator::CALL: {
      const auto* options = op.builtin_options_as_CallOptions();
      return options == nullptr ? NoOptions() : Inline(op, 0, options->subgraph());
    }
    default: {
      const auto* options = op.builtin_options_2_as_StableHLOCompositeOptions();
      return options == nullptr ? NoOptions() : Inline(op, 0, options->decomposition_subgraph_index());
    }
  }
}

Status GraphImporter::MapVarHandle(const schema::Operator& op) {
  VERGE_TRY(CheckCount(op, 0, 1));
  const auto* options = op.builtin_options_as_VarHandleOptions();
  if (options == nullptr) return NoOptions();
  std::string key;
  if (SizeOf(options->container()) > 0) key = options->container()->str() + "/";
  if (options->shared_name() != nullptr) key += options->shared_name()->str();
  resources_[op.outputs()->Get(0)] = CleanText(key, session_.limits.max_name_bytes);
  return Status::Ok();
}

// The key of the variable that input 0 is a handle of.
Result<std::string> GraphImporter::KeyOf(const schema::Operator& op) const {
  const auto found = resources_.find(op.inputs()->Get(0));
  if (found == resources_.end()) return VERGE_ERROR(kDataLoss, "names no variable: input 0 is not from VAR_HANDLE");
  if (states_ != nullptr) return found->second;
  return VERGE_ERROR(kUnsupported,
                     "uses variable '" + found->second + "' within a branch or a loop, which is not supported");
}

Status GraphImporter::MapReadVariable(const schema::Operator& op) {
  VERGE_TRY(CheckCount(op, 1, 1));
  VERGE_TRY_ASSIGN(const std::string key, KeyOf(op));
  const int32_t output = op.outputs()->Get(0);
  if (values_.contains(output) || variables_.contains(output)) {
    return VERGE_ERROR(kDataLoss, "computes a tensor that something else defines");
  }
  VERGE_TRY_ASSIGN(const ir::Value declared, Declared(output));
  const std::optional<size_t> bytes = declared.type().CheckedBytes();
  if (!bytes || *bytes == 0 || *bytes > session_.limits.max_activation_bytes) {
    return VERGE_ERROR(kUnsupported, "reads a variable of the shape " + ToString(declared.shape) +
                                         "; sizes must be known and 1 or more");
  }
  VERGE_TRY_ASSIGN(const ir::ValueId id, states_->Read(key, declared));
  values_.emplace(output, id);
  defined_.insert(id);
  return Status::Ok();
}

Status GraphImporter::MapAssignVariable(const schema::Operator& op) {
  VERGE_TRY(CheckCount(op, 2, 0));
  VERGE_TRY_ASSIGN(const std::string key, KeyOf(op));
  VERGE_TRY_ASSIGN(const ir::ValueId value, Defined(op.inputs()->Get(1)));
  return states_->Assign(key, value);
}

// Runs the subgraph now: what it assigns are the first values of the variables.
Status GraphImporter::MapCallOnce(const schema::Operator& op) {
  const auto* options = op.builtin_options_as_CallOnceOptions();
  if (options == nullptr) return NoOptions();
  if (states_ == nullptr) return VERGE_ERROR(kUnsupported, "stands within a branch or a loop, which is not supported");
  VERGE_TRY_ASSIGN(Reader reader, Enter(options->init_subgraph_index()));
  Target target;
  ir::Graph& graph = target.graph;
  States states(graph, target.names);
  GraphImporter importer(std::move(reader), session_, target, &states);
  VERGE_TRY(importer.ReadOperators());
  Leave();
  const std::map<std::string, ir::ValueId> assigned = states.Assigned();
  for (const auto& [key, id] : assigned) graph.outputs.push_back(id);
  states.Finish();
  if (!graph.inputs.empty() || !graph.states.empty() || !graph.subgraphs.empty()) {
    return VERGE_ERROR(kUnsupported,
                       "computes first values of variables from other variables, or in branches or loops");
  }
  VERGE_TRY(ir::Verify(graph));
  VERGE_TRY_ASSIGN(const std::vector<ir::BufferPtr> buffers, ir::Evaluate(graph, {}));
  size_t i = 0;
  for (const auto& [key, id] : assigned) {
    ir::Value initial = graph.value(id);
    initial.constant = buffers[i++];
    VERGE_TRY(states_->SetInitial(key, std::move(initial)));
  }
  return Status::Ok();
}

Result<Reader> GraphImporter::Enter(int64_t subgraph) {
  VERGE_TRY_ASSIGN(Reader reader, reader_.Subgraph(subgraph));
  if (std::find(session_.active.begin(), session_.active.end(), subgraph) != session_.active.end()) {
    return VERGE_ERROR(kDataLoss, "calls subgraph " + std::to_string(subgraph) +
                                      ", which is calling it: subgraphs "
                                      "must not call themselves");
  }
  if (session_.active.size() >= static_cast<size_t>(ir::kMaxSubgraphDepth) || session_.subgraphs_left == 0) {
    return VERGE_ERROR(kResourceExhausted, "calls subgraphs nested deeper than " +
                                               std::to_string(ir::kMaxSubgraphDepth) + ", or more than " +
                                               std::to_string(session_.limits.max_subgraphs) + " of them");
  }
  --session_.subgraphs_left;
  session_.active.push_back(subgraph);
  return reader;
}

Status GraphImporter::Inline(const schema::Operator& op, size_t first, int64_t subgraph) {
  VERGE_TRY_ASSIGN(Reader reader, Enter(subgraph));
  const std::string prefix = prefix_ + "call" + std::to_string(session_.subgraphs_left) + "/";
  GraphImporter inner(std::move(reader), session_, target_, states_, prefix);
  const size_t count = SizeOf(inner.reader_.graph().inputs());
  if (SizeOf(op.inputs()) < first || SizeOf(op.inputs()) - first != count) {
    return VERGE_ERROR(kDataLoss, "gives subgraph " + std::to_string(subgraph) + " " +
                                      std::to_string(SizeOf(op.inputs())) + " inputs, it wants " +
                                      std::to_string(first + count));
  }
  for (size_t i = 0; i < count; ++i) {
    const int32_t from = op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(first + i));
    const auto resource = resources_.find(from);
    if (resource != resources_.end()) {
      inner.resources_[inner.InputTensor(i)] = resource->second;
      continue;
    }
    VERGE_TRY_ASSIGN(const ir::ValueId id, Defined(from));
    inner.values_[inner.InputTensor(i)] = id;
    inner.defined_.insert(id);
  }
  VERGE_TRY(inner.ReadOperators());
  VERGE_TRY_ASSIGN(const std::vector<ir::ValueId> results, inner.Outputs());
  Leave();
  if (results.size() != SizeOf(op.outputs())) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(SizeOf(op.outputs())) + " outputs, its subgraph " +
                                      std::to_string(results.size()));
  }
  for (size_t i = 0; i < results.size(); ++i) {
    const int32_t output = op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (!graph_.value(results[i]).is_constant() && !inner.defined_.contains(results[i])) {
      return VERGE_ERROR(kDataLoss,
                         "takes an output of subgraph " + std::to_string(subgraph) + " that nothing computes");
    }
    if (values_.contains(output) || variables_.contains(output)) {
      return VERGE_ERROR(kDataLoss, "computes a tensor that something else defines");
    }
    values_[output] = results[i];
    defined_.insert(results[i]);
  }
  return Status::Ok();
}

Result<ir::Graph> GraphImporter::Nested(int64_t subgraph, const std::vector<ir::ValueId>& arguments,
                                        const std::vector<bool>& is_fixed, bool drops_fixed_outputs) {
  VERGE_TRY_ASSIGN(Reader reader, Enter(subgraph));
  Target target;
  ir::Graph& graph = target.graph;
  if (reader.graph().name() != nullptr) {
    graph.name = CleanText(reader.graph().name()->string_view(), session_.limits.max_name_bytes);
  }
  GraphImporter inner(std::move(reader), session_, target, nullptr);
  if (SizeOf(inner.reader_.graph().inputs()) != arguments.size()) {
    return VERGE_ERROR(kDataLoss, "gives subgraph " + std::to_string(subgraph) + " " +
                                      std::to_string(arguments.size()) + " inputs, it wants " +
                                      std::to_string(SizeOf(inner.reader_.graph().inputs())));
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!is_fixed[i]) {
      VERGE_TRY(inner.ReadInput(i));
      continue;
    }
    ir::Value constant = graph_.value(arguments[i]);
    constant.name = target.names.Unique(constant.name);
    inner.values_[inner.InputTensor(i)] = graph.AddValue(std::move(constant));
  }
  VERGE_TRY(inner.ReadOperators());
  VERGE_TRY_ASSIGN(const std::vector<ir::ValueId> results, inner.Outputs());
  Leave();
  for (size_t i = 0; i < results.size(); ++i) {
    if (drops_fixed_outputs && is_fixed[i]) continue;
    // An output that is an input or another output gets memory of its own: its reader may write the inputs first.
    ir::ValueId id = results[i];
    const auto is_in = [&](const std::vector<ir::ValueId>& list) {
      return std::find(list.begin(), list.end(), id) != list.end();
    };
    if (is_in(graph.inputs) || is_in(graph.outputs)) {
      const ir::Value source = graph.value(id);
      target.builder.SetScope(target.names.Unique(source.name + "/out"));
      target.builder.SetQuant(source.dtype, source.quant);
      id = target.builder.Copy(id, "");
      target.builder.SetQuant(DType::kF32, {});
      if (!target.builder.ok()) return target.builder.status();
    }
    graph.outputs.push_back(id);
  }
  return std::move(graph);
}

Status GraphImporter::AddControlNode(size_t index, ops::OpId op, const std::vector<ir::ValueId>& inputs,
                                     const std::vector<ir::ValueId>& outputs, std::vector<ir::Graph> subgraphs) {
  ir::Node& node = graph_.AddNode(op, NodeName(op, index), inputs, outputs);
  for (ir::Graph& subgraph : subgraphs) {
    node.subgraphs.push_back(static_cast<uint32_t>(graph_.subgraphs.size()));
    graph_.subgraphs.push_back(std::move(subgraph));
  }
  VERGE_TRY_ASSIGN(const std::vector<TensorType> types, ir::InferNode(graph_, node));
  for (size_t i = 0; i < types.size(); ++i) {
    ir::Value& value = graph_.values[node.outputs[i]];
    value.dtype = types[i].dtype;
    value.shape = types[i].shape;
  }
  return Status::Ok();
}

Status GraphImporter::MapIf(size_t index) {
  const schema::Operator& op = OperatorAt(index);
  const auto* options = op.builtin_options_as_IfOptions();
  if (options == nullptr) return NoOptions();
  if (SizeOf(op.inputs()) == 0) return VERGE_ERROR(kDataLoss, "has no condition");
  VERGE_TRY_ASSIGN(const ir::ValueId condition, Defined(op.inputs()->Get(0)));
  const ir::Value& known = graph_.value(condition);
  if (known.is_constant() && known.dtype == DType::kBool && known.constant->size() == 1) {
    const bool is_true = *known.constant->data() != std::byte{0};
    return Inline(op, 1, is_true ? options->then_subgraph_index() : options->else_subgraph_index());
  }
  VERGE_TRY_ASSIGN(const std::vector<ir::ValueId> inputs, InputsOf(op));
  const std::vector<ir::ValueId> arguments(inputs.begin() + 1, inputs.end());
  std::vector<bool> is_fixed;
  std::vector<ir::ValueId> passed = {condition};
  for (const ir::ValueId id : arguments) {
    is_fixed.push_back(id != ir::kNoValue && graph_.value(id).is_constant());
    if (!is_fixed.back()) passed.push_back(id);
  }
  std::vector<ir::Graph> branches;
  for (const int32_t subgraph : {options->then_subgraph_index(), options->else_subgraph_index()}) {
    VERGE_TRY_ASSIGN(ir::Graph branch, Nested(subgraph, arguments, is_fixed, false));
    branches.push_back(std::move(branch));
  }
  VERGE_TRY_ASSIGN(const std::vector<ir::ValueId> outputs, DefineOutputs(op));
  return AddControlNode(index, ops::ids::kIf, passed, outputs, std::move(branches));
}

// Constants that the body hands on unchanged are constants within the loop, not its variables.
Status GraphImporter::MapWhile(size_t index) {
  const schema::Operator& op = OperatorAt(index);
  const auto* options = op.builtin_options_as_WhileOptions();
  if (options == nullptr) return NoOptions();
  VERGE_TRY_ASSIGN(const std::vector<ir::ValueId> inputs, InputsOf(op));
  VERGE_TRY_ASSIGN(const Reader body, reader_.Subgraph(options->body_subgraph_index()));
  if (SizeOf(body.graph().inputs()) != inputs.size() || SizeOf(body.graph().outputs()) != inputs.size() ||
      SizeOf(op.outputs()) != inputs.size()) {
    return VERGE_ERROR(kDataLoss, "has " + std::to_string(inputs.size()) +
                                      " inputs, but its outputs or those of its "
                                      "body, or the body's inputs, are not as many");
  }
  std::vector<bool> is_fixed;
  std::vector<ir::ValueId> passed;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto at = static_cast<flatbuffers::uoffset_t>(i);
    is_fixed.push_back(inputs[i] != ir::kNoValue && graph_.value(inputs[i]).is_constant() &&
                       body.graph().inputs()->Get(at) == body.graph().outputs()->Get(at));
    if (!is_fixed.back()) passed.push_back(inputs[i]);
  }
  std::vector<ir::Graph> parts;
  VERGE_TRY_ASSIGN(ir::Graph condition, Nested(options->cond_subgraph_index(), inputs, is_fixed, false));
  parts.push_back(std::move(condition));
  VERGE_TRY_ASSIGN(ir::Graph loop, Nested(options->body_subgraph_index(), inputs, is_fixed, true));
  parts.push_back(std::move(loop));
  std::vector<ir::ValueId> outputs;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int32_t tensor = op.outputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
    if (is_fixed[i]) {
      values_[tensor] = inputs[i];
      continue;
    }
    VERGE_TRY_ASSIGN(const ir::ValueId id, ValueOf(tensor));
    if (graph_.value(id).is_constant() || !defined_.insert(id).second) {
      return VERGE_ERROR(kDataLoss, "computes '" + graph_.value(id).name + "', which something else defines");
    }
    outputs.push_back(id);
  }
  return AddControlNode(index, ops::ids::kWhile, passed, outputs, std::move(parts));
}

}  // namespace verge::tflite
