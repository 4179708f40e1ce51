#include "runtime/session.h"

#include <algorithm>
#include <chrono>
#include <string>

namespace verge::runtime {

Result<Session> Session::Create(std::shared_ptr<const Model> model, Parallel* parallel) {
  if (parallel != nullptr && parallel->threads() > model->threads()) {
    return VERGE_ERROR(kInvalidArgument, "a pool of " + std::to_string(parallel->threads()) +
                                             " threads for a model that was loaded for " +
                                             std::to_string(model->threads()));
  }
  Session session(std::move(model));
  VERGE_TRY_ASSIGN(session.arena_, format::AlignedBytes::Allocate(session.model_->arena_bytes()));
  session.BuildSteps(parallel);
  return session;
}

void Session::BuildSteps(Parallel* parallel) {
  const format::ModelTables& tables = model_->tables();
  std::byte* const arena = arena_.bytes().data();
  for (uint32_t i = 0; i < tables.values.size(); ++i) {
    const format::ModelValue& value = tables.values[i];
    // Kernels never write to their inputs, and constants are never outputs of a node.
    void* const data =
        value.constant != nullptr ? const_cast<std::byte*>(value.constant) : arena + model_->arena_offset(i);
    values_.push_back({value.type, data});
  }
  size_t operands = 0;
  for (const format::ModelNode& node : tables.nodes) operands += node.inputs.size() + node.outputs.size();
  operands_.reserve(operands);  // the steps' views must not move
  operand_values_.reserve(operands);
  const auto append = [&](std::span<const uint32_t> indices) {
    const size_t first = operands_.size();
    for (const uint32_t index : indices) {
      operands_.push_back(index == format::kOmittedInput ? Tensor{} : values_[index]);
      operand_values_.push_back(index);
    }
    return std::span<const Tensor>(operands_.data() + first, indices.size());
  };
  steps_.reserve(tables.nodes.size());
  for (size_t i = 0; i < tables.nodes.size(); ++i) {
    const PreparedNode& node = model_->nodes()[i];
    const std::span<const Tensor> inputs = append(tables.nodes[i].inputs);
    const std::span<const Tensor> outputs = append(tables.nodes[i].outputs);
    steps_.push_back({node.kernel->run,
                      {.attrs = tables.nodes[i].attrs,
                       .inputs = inputs,
                       .outputs = outputs,
                       .packed = node.packed.data(),
                       .scratch = node.scratch_bytes > 0 ? arena + node.scratch_offset : nullptr,
                       .parallel = parallel}});
  }
}

void Session::Run() {
  if (!profile_ns_.empty()) return RunProfiled();
  for (const Step& step : steps_) step.run(step.args);
}

void Session::RunProfiled() {
  using Clock = std::chrono::steady_clock;
  for (size_t i = 0; i < steps_.size(); ++i) {
    const Clock::time_point start = Clock::now();
    steps_[i].run(steps_[i].args);
    const auto elapsed = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start);
    profile_ns_[i] += static_cast<uint64_t>(elapsed.count());
  }
  ++profiled_runs_;
}

void Session::EnableProfile() { profile_ns_.assign(steps_.size(), 0); }

void Session::Rebind(uint32_t value, void* data) {
  values_[value].data = data;
  for (size_t i = 0; i < operands_.size(); ++i) {
    if (operand_values_[i] == value) operands_[i].data = data;
  }
}

namespace {

Status CheckBinding(size_t i, size_t count, const void* data, const char* what) {
  if (i >= count)
    return VERGE_ERROR(kInvalidArgument, std::string("the model has no ") + what + " " + std::to_string(i));
  if (data == nullptr || reinterpret_cast<uintptr_t>(data) % format::kModelAlignment != 0) {
    return VERGE_ERROR(kInvalidArgument, std::string("memory bound to an ") + what + " must be aligned to 64 bytes");
  }
  return Status::Ok();
}

}  // namespace

Status Session::BindInput(size_t i, void* data) {
  VERGE_TRY(CheckBinding(i, model_->inputs().size(), data, "input"));
  Rebind(model_->tables().inputs[i], data);
  return Status::Ok();
}

Status Session::BindOutput(size_t i, void* data) {
  VERGE_TRY(CheckBinding(i, model_->outputs().size(), data, "output"));
  const format::ModelTables& tables = model_->tables();
  const uint32_t value = tables.outputs[i];
  const bool is_input = std::find(tables.inputs.begin(), tables.inputs.end(), value) != tables.inputs.end();
  if (is_input || tables.values[value].constant != nullptr) {
    return VERGE_ERROR(kUnsupported, "output " + std::string(tables.values[value].name) +
                                         " is an input or a constant of the model: read it where it is");
  }
  Rebind(value, data);
  return Status::Ok();
}

}  // namespace verge::runtime
