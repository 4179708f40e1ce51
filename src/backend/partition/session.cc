#include "backend/partition/session.h"

#include <cstring>
#include <unordered_map>

#include "format/model/aligned_bytes.h"

namespace verge::backend {
namespace {

class PartitionedSession final : public EngineSession {
 public:
  Status Open(const ir::Graph& graph, const std::vector<bool>& is_named, const PartOpener& named,
              const PartOpener& others);

  std::span<const Port> inputs() const override { return inputs_; }
  std::span<const Port> outputs() const override { return outputs_; }
  std::string_view engine() const override { return engine_; }
  Status Run() override;

 private:
  struct Step {
    std::string name;  // of the part
    std::unique_ptr<EngineSession> session;
  };

  Status AddInputs(const ir::Graph& graph);
  Status CopyInputs(const Step& step);

  std::string engine_;
  std::vector<format::AlignedBytes> memory_;  // of inputs_
  std::vector<Step> steps_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
  std::unordered_map<std::string, Tensor> values_;  // what is known so far in a run, by name
  std::vector<ir::Quant> quants_;                   // viewed by inputs_ and outputs_
};

Status PartitionedSession::AddInputs(const ir::Graph& graph) {
  quants_.reserve(graph.inputs.size() + graph.outputs.size());  // views must not move
  for (const ir::ValueId id : graph.inputs) {
    const ir::Value& value = graph.value(id);
    VERGE_TRY_ASSIGN(format::AlignedBytes memory,
                     format::AlignedBytes::Allocate(std::max<size_t>(value.type().CheckedBytes().value_or(0), 1)));
    quants_.push_back(value.quant);
    inputs_.push_back({value.name, {{value.dtype, value.shape, quants_.back().view()}, memory.bytes().data()}});
    memory_.push_back(std::move(memory));
    values_[value.name] = inputs_.back().tensor;
  }
  for (const ir::ValueId id : graph.outputs) {
    const ir::Value& value = graph.value(id);
    if (value.is_constant()) {
      return VERGE_ERROR(kUnsupported, "output " + value.name + " is a constant: a model in parts cannot give it");
    }
    quants_.push_back(value.quant);
    outputs_.push_back({value.name, {{value.dtype, value.shape, quants_.back().view()}, nullptr}});
  }
  return Status::Ok();
}

Status PartitionedSession::Open(const ir::Graph& graph, const std::vector<bool>& is_named, const PartOpener& named,
                                const PartOpener& others) {
  VERGE_TRY(AddInputs(graph));
  size_t named_parts = 0;
  std::string engine;
  for (const Part& part : Split(graph, is_named)) {
    Result<std::unique_ptr<EngineSession>> session = (part.is_named ? named : others)(part.graph);
    if (!session.ok()) return std::move(session).status().WithContext("part " + part.graph.name);
    if (part.is_named) {
      ++named_parts;
      engine = (*session)->engine();
    }
    steps_.push_back({part.graph.name, std::move(session).value()});
  }
  engine_ =
      "verge with " + std::to_string(named_parts) + " of " + std::to_string(steps_.size()) + " parts by " + engine;
  return Status::Ok();
}

Status PartitionedSession::CopyInputs(const Step& step) {
  for (const Port& port : step.session->inputs()) {
    const auto from = values_.find(port.name);
    const bool fits = from != values_.end() && from->second.data != nullptr &&
                      from->second.dtype() == port.tensor.dtype() && from->second.shape() == port.tensor.shape();
    if (!fits) {
      return VERGE_ERROR(kInternal, "the input " + port.name + " of part " + step.name +
                                        " is computed by no part before it, or in another shape");
    }
    const size_t bytes = port.tensor.type.CheckedBytes().value_or(0);
    if (bytes > 0) std::memcpy(port.tensor.data, from->second.data, bytes);
  }
  return Status::Ok();
}

Status PartitionedSession::Run() {
  for (const Step& step : steps_) {
    VERGE_TRY(CopyInputs(step));
    Status status = step.session->Run();
    if (!status.ok()) return std::move(status).WithContext("part " + step.name);
    for (const Port& port : step.session->outputs()) values_[port.name] = port.tensor;
  }
  for (Port& port : outputs_) {
    const auto from = values_.find(port.name);
    const bool fits = from != values_.end() && from->second.dtype() == port.tensor.dtype() &&
                      from->second.shape() == port.tensor.shape();
    if (!fits)
      return VERGE_ERROR(kInternal, "the output " + port.name + " is computed by no part, or in another shape");
    port.tensor.data = from->second.data;
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<EngineSession>> OpenPartitioned(const ir::Graph& graph, const std::vector<bool>& is_named,
                                                       const PartOpener& named, const PartOpener& others) {
  auto session = std::make_unique<PartitionedSession>();
  VERGE_TRY(session->Open(graph, is_named, named, others));
  return std::unique_ptr<EngineSession>(std::move(session));
}

}  // namespace verge::backend
