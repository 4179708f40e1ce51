// From the contents of an item to the inputs of a model, as a specification says.
//
// Threads   one feeder, one thread: it may hold a session of the front end.
// Errors    kInvalidArgument when a content does not fit the inputs.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "eval/content.h"
#include "eval/spec.h"
#include "runtime/model.h"
#include "runtime/session.h"

namespace verge::eval {

class Feeder {
 public:
  // `front_end`: the model that makes features of recordings, or null. `spec` outlives the feeder.
  static Result<Feeder> Create(const Spec& spec, std::shared_ptr<const runtime::Model> front_end);

  // Before the first run of an item: forgets the item before.
  void Reset();
  // Fills a model's inputs. `input` says how: the specification's own, or that of its reference.
  Result<Placement> Fill(const Content& content, const InputSpec& input, std::span<const Tensor> inputs);

 private:
  explicit Feeder(const Spec& spec) : spec_(&spec) {}

  Status FillFromArrays(const Content& content, std::span<const Tensor> inputs) const;
  Status FillFromLogMel(const Content& content, const InputSpec& spec, const Tensor& input) const;
  Status FillFromFeatures(std::span<const float> samples, const Tensor& input);

  const Spec* spec_;
  std::optional<runtime::Session> front_end_;
};

}  // namespace verge::eval
