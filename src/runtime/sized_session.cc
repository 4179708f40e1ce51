#include "runtime/sized_session.h"

#include <algorithm>

namespace verge::runtime {

Result<SizedSession> SizedSession::Create(std::shared_ptr<const Model> model, Parallel* parallel, size_t max_plans) {
  if (max_plans < 1) return VERGE_ERROR(kInvalidArgument, "a session keeps at least one plan");
  std::vector<int64_t> smallest;
  for (const format::Symbol& symbol : model->tables().dynamics.symbols) smallest.push_back(symbol.min);
  SizedSession sized(model, parallel, max_plans);
  VERGE_TRY_ASSIGN(Session session, Session::Create(std::move(model), parallel));
  sized.plans_.push_back({std::move(smallest), std::move(session)});
  return sized;
}

Status SizedSession::SetShapes(std::span<const Shape> shapes) {
  VERGE_TRY_ASSIGN(std::vector<int64_t> sizes, model_->SizesFor(shapes));
  const auto known = std::ranges::find(plans_, sizes, &Plan::sizes);
  if (known != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, known);
    return Status::Ok();
  }
  VERGE_TRY_ASSIGN(std::shared_ptr<const Model> model, Model::ForSizes(model_, sizes));
  VERGE_TRY_ASSIGN(Session session, Session::Create(std::move(model), parallel_));
  plans_.push_front({std::move(sizes), std::move(session)});
  if (plans_.size() > max_plans_) plans_.pop_back();
  return Status::Ok();
}

}  // namespace verge::runtime
