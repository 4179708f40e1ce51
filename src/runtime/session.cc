#include "runtime/session.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "base/checked.h"

namespace verge::runtime {

Result<Session> Session::Create(std::shared_ptr<const Model> model, Parallel* parallel) {
  if (parallel != nullptr && parallel->threads() > model->threads()) {
    return VERGE_ERROR(kInvalidArgument, "a pool of " + std::to_string(parallel->threads()) +
                                             " threads for a model that was loaded for " +
                                             std::to_string(model->threads()));
  }
  Session session(std::move(model));
  VERGE_TRY_ASSIGN(session.arena_, format::AlignedBytes::Allocate(session.model_->arena_bytes()));
  session.executor_ = std::make_unique<Executor>(session.model_->graph(), session.arena_.bytes().data(), parallel);
  session.ResetState();
  return session;
}

void Session::Run() {
  if (profile_ns_.empty()) {
    executor_->Run();
  } else {
    executor_->RunProfiled(profile_ns_);
    ++profiled_runs_;
  }
  FinishRun();
}

void Session::RunStepwise(const std::function<void(size_t node)>& seen) {
  executor_->RunStepwise(seen);
  FinishRun();
}

void Session::FinishRun() {
  for (const format::ModelState& state : model_->tables().states) {
    const Tensor& now = executor_->value(state.input);
    std::memcpy(now.data, executor_->value(state.output).data, now.type.CheckedBytes().value_or(0));
  }
  if (!model_->tables().counted.empty()) CompactOutputs();
}

Shape Session::OutputShape(size_t i) const {
  Shape shape = output(i).shape();
  for (const format::ModelCountedDim& counted : model_->tables().counted) {
    if (counted.output != i) continue;
    const auto d = static_cast<int>(counted.dim);
    const int64_t count = *executor_->value(counted.count).as<const int64_t>();
    const std::optional<int64_t> filled = CheckedMul(std::max<int64_t>(count, 0), counted.factor);
    shape.set(d, std::min(filled.value_or(shape[d]), shape[d]));
  }
  return shape;
}

namespace {

// Moves the filled part of a tensor together: from rows of `full` to rows of `filled`, both row-major.
void Compact(std::byte* data, size_t elem_bytes, const Shape& full, const Shape& filled) {
  int inner = filled.rank() - 1;  // dimensions behind it are as they were: one element of several
  size_t unit_bytes = elem_bytes;
  while (inner > 0 && full[inner] == filled[inner]) unit_bytes *= static_cast<size_t>(full[inner--]);
  if (inner <= 0 || filled.elems() == 0) return;  // only the outermost is shorter, or nothing is there
  const size_t run_bytes = unit_bytes * static_cast<size_t>(filled[inner]);
  std::array<int64_t, Shape::kMaxRank> at{};
  for (std::byte* to = data;; to += run_bytes) {
    size_t from = 0;
    for (int d = 0; d < inner; ++d)
      from = from * static_cast<size_t>(full[d]) + static_cast<size_t>(at[static_cast<size_t>(d)]);
    std::memmove(to, data + from * static_cast<size_t>(full[inner]) * unit_bytes, run_bytes);
    int d = inner - 1;
    while (d >= 0 && ++at[static_cast<size_t>(d)] == filled[d]) at[static_cast<size_t>(d--)] = 0;
    if (d < 0) return;
  }
}

}  // namespace

void Session::CompactOutputs() {
  const format::ModelTables& tables = model_->tables();
  for (size_t c = 0; c < tables.counted.size(); ++c) {
    const uint32_t i = tables.counted[c].output;
    const auto is_same = [&](const format::ModelCountedDim& other) { return other.output == i; };
    const auto begin = tables.counted.begin();
    if (std::find_if(begin, tables.counted.end(), is_same) - begin != static_cast<ptrdiff_t>(c)) continue;
    const Tensor& tensor = output(i);
    Compact(tensor.as<std::byte>(), DTypeBytes(tensor.dtype()), tensor.shape(), OutputShape(i));
  }
}

void Session::ResetState() {
  for (const format::ModelState& state : model_->tables().states) {
    const Tensor& now = executor_->value(state.input);
    const size_t bytes = now.type.CheckedBytes().value_or(0);
    if (state.initial != nullptr) {
      std::memcpy(now.data, state.initial, bytes);
    } else {
      std::memset(now.data, 0, bytes);
    }
  }
}

void Session::EnableProfile() { profile_ns_.assign(model_->nodes().size(), 0); }

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
  executor_->Rebind(model_->tables().inputs[i], data);
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
  executor_->Rebind(value, data);
  return Status::Ok();
}

}  // namespace verge::runtime
