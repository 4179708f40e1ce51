// A model that Verge's own engine runs, behind the same face as the others.
#pragma once

#include <memory>
#include <vector>

#include "backend/engine_session.h"
#include "backend/model_file.h"
#include "runtime/session.h"
#include "sys/threads/thread_pool.h"

namespace verge::backend {

class VergeSession final : public EngineSession {
 public:
  // Errors: those of sys::ThreadPool::Create and runtime::Session::Create.
  static Result<std::unique_ptr<VergeSession>> Create(OpenedModel opened);

  std::span<const Port> inputs() const override { return inputs_; }
  std::span<const Port> outputs() const override { return outputs_; }
  std::string_view engine() const override { return "verge"; }
  Status Run() override;

  const OpenedModel& opened() const { return opened_; }
  runtime::Session& session() { return session_; }

 private:
  VergeSession(OpenedModel opened, std::unique_ptr<sys::ThreadPool> pool, runtime::Session session)
      : opened_(std::move(opened)), pool_(std::move(pool)), session_(std::move(session)) {}

  OpenedModel opened_;
  std::unique_ptr<sys::ThreadPool> pool_;
  runtime::Session session_;
  std::vector<Port> inputs_;
  std::vector<Port> outputs_;
};

}  // namespace verge::backend
