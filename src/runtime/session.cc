#include "runtime/session.h"

#include <algorithm>
#include <cstring>
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
  for (const format::ModelState& state : model_->tables().states) {
    const Tensor& now = executor_->value(state.input);
    std::memcpy(now.data, executor_->value(state.output).data, now.type.CheckedBytes().value_or(0));
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
