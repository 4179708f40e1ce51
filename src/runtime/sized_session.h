// A session whose input shapes may change between runs, for models with open sizes. Each shape is planned once; the
// plans used last are kept, so that going back and forth between a few shapes costs nothing.
//
//   sized.SetShapes({{4, 3, 224, 224}})   ->   write sized.now().input(0) ... sized.now().Run()
//
// At first     the model's own shapes, its smallest sizes; models without open sizes have only those.
// Memory       one arena a kept plan; packed weights are shared. After SetShapes, pointers into inputs and outputs are
//              those of the plan then in use; one that was given up is gone.
// States       of a model with memory belong to the plan: another shape starts afresh.
// Threads      one at a time.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <vector>

#include "runtime/session.h"

namespace verge::runtime {

class SizedSession {
 public:
  static constexpr size_t kDefaultPlans = 4;

  // As Session::Create. At most `max_plans` (1 or more) plans are kept.
  static Result<SizedSession> Create(std::shared_ptr<const Model> model, Parallel* parallel = nullptr,
                                     size_t max_plans = kDefaultPlans);

  // One shape an input. On an error the session stays as it was.
  Status SetShapes(std::span<const Shape> shapes);

  Session& now() { return plans_.front().session; }
  const Session& now() const { return plans_.front().session; }
  size_t kept_plans() const { return plans_.size(); }

 private:
  struct Plan {
    std::vector<int64_t> sizes;
    Session session;
  };

  SizedSession(std::shared_ptr<const Model> model, Parallel* parallel, size_t max_plans)
      : model_(std::move(model)), parallel_(parallel), max_plans_(max_plans) {}

  std::shared_ptr<const Model> model_;  // shared with other sessions; every plan is made from it
  Parallel* parallel_;
  size_t max_plans_;
  std::list<Plan> plans_;  // the last one used first
};

}  // namespace verge::runtime
