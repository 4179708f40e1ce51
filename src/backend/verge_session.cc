#include "backend/verge_session.h"

namespace verge::backend {

Result<std::unique_ptr<VergeSession>> VergeSession::Create(OpenedModel opened) {
  const runtime::Model& model = *opened.model;
  VERGE_TRY_ASSIGN(std::unique_ptr<sys::ThreadPool> pool, sys::ThreadPool::Create(model.threads()));
  VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(opened.model, pool.get()));
  std::unique_ptr<VergeSession> made(new VergeSession(std::move(opened), std::move(pool), std::move(session)));
  for (size_t i = 0; i < model.inputs().size(); ++i) {
    made->inputs_.push_back({std::string(model.inputs()[i].name), made->session_.input(i)});
  }
  for (size_t i = 0; i < model.outputs().size(); ++i) {
    const TensorType& type = model.outputs()[i].type;
    made->outputs_.push_back({std::string(model.outputs()[i].name), {type, nullptr}});
  }
  return made;
}

Status VergeSession::Run() {
  session_.Run();
  for (size_t i = 0; i < outputs_.size(); ++i) {
    outputs_[i].tensor = session_.output(i);
    outputs_[i].tensor.type.shape = session_.OutputShape(i);
  }
  return Status::Ok();
}

}  // namespace verge::backend
