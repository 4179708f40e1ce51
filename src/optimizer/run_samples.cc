#include "optimizer/run_samples.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>

#include "compile/compile.h"
#include "eval/content.h"
#include "format/model/model.h"
#include "runtime/model.h"
#include "runtime/session.h"

namespace verge::optimizer {
namespace {

// Where a watched value is found in the compiled model.
struct Watched {
  ir::ValueId id = ir::kNoValue;
  uint32_t index = 0;       // in the model's table of values
  int64_t after_node = -1;  // -1: an input or a state, there from the start
};

struct Compiled {
  std::shared_ptr<const runtime::Model> model;
  std::vector<Watched> watched;  // in the order of their nodes
};

// One value as it was seen.
struct Copy {
  ir::ValueId id;
  TensorType type;
  std::vector<std::byte> bytes;
};

// The values' numbers, which survive as their names.
std::string NameOf(ir::ValueId id) { return "v" + std::to_string(id); }

Result<std::shared_ptr<const runtime::Model>> LoadPlain(ir::Graph graph) {
  VERGE_TRY_ASSIGN(format::AlignedBytes bytes, compile::Lower(std::move(graph)));
  const auto owner = std::make_shared<format::AlignedBytes>(std::move(bytes));
  VERGE_TRY_ASSIGN(format::VerifiedModel verified, format::VerifiedModel::Verify(owner->bytes(), owner));
  return runtime::Model::Load(std::move(verified), {.only_portable = true, .keep_values = true});
}

Result<Compiled> Prepare(ir::Graph graph, std::span<const ir::ValueId> watched) {
  for (size_t id = 0; id < graph.values.size(); ++id) graph.values[id].name = NameOf(static_cast<ir::ValueId>(id));
  Compiled out;
  VERGE_TRY_ASSIGN(out.model, LoadPlain(std::move(graph)));
  const format::ModelTables& tables = out.model->tables();
  std::map<std::string_view, Watched> places;
  for (uint32_t i = 0; i < tables.values.size(); ++i) places[tables.values[i].name].index = i;
  for (size_t n = 0; n < tables.nodes.size(); ++n) {
    for (const uint32_t index : tables.nodes[n].outputs) {
      if (index < tables.values.size()) places[tables.values[index].name].after_node = static_cast<int64_t>(n);
    }
  }
  for (const ir::ValueId id : watched) {
    const auto place = places.find(NameOf(id));
    if (place == places.end()) continue;  // nobody reads or makes it: there is nothing to see
    out.watched.push_back(place->second);
    out.watched.back().id = id;
  }
  std::ranges::stable_sort(out.watched, {}, &Watched::after_node);
  return out;
}

// Runs one sample and copies what is watched.
Status RunOne(const Compiled& compiled, const Sample& sample, runtime::Session& session, std::vector<Copy>& copies) {
  session.ResetState();
  for (const Step& step : sample.steps) {
    if (step.size() != compiled.model->inputs().size()) {
      return VERGE_ERROR(kInvalidArgument, sample.name + ": the sample has " + std::to_string(step.size()) +
                                               " inputs, the model " + std::to_string(compiled.model->inputs().size()));
    }
    for (size_t i = 0; i < step.size(); ++i) {
      const Tensor& input = session.input(i);
      if (input.shape() != step[i].shape()) {
        return VERGE_ERROR(kInvalidArgument, sample.name + ": input " + std::to_string(i) + " has another shape");
      }
      // A quantised model with integers at its borders reads the same numbers.
      if (input.dtype() != step[i].dtype()) {
        VERGE_TRY(eval::FillFromTensor(step[i].tensor(), input));
      } else if (!step[i].bytes().empty()) {
        std::memcpy(input.data, step[i].bytes().data(), step[i].bytes().size());
      }
    }
    size_t next = 0;
    const auto copy_until = [&](int64_t node) {
      for (; next < compiled.watched.size() && compiled.watched[next].after_node <= node; ++next) {
        const Tensor& value = session.value(compiled.watched[next].index);
        const auto* const data = static_cast<const std::byte*>(value.data);
        copies.push_back({compiled.watched[next].id, value.type, {data, data + *value.type.CheckedBytes()}});
      }
    };
    copy_until(-1);
    session.RunStepwise([&](size_t node) { copy_until(static_cast<int64_t>(node)); });
  }
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<SampleRunner>> SampleRunner::Create(const Samples& samples, int threads) {
  VERGE_TRY_ASSIGN(std::unique_ptr<sys::ThreadPool> pool, sys::ThreadPool::Create(threads));
  return std::unique_ptr<SampleRunner>(new SampleRunner(samples, std::move(pool)));
}

Status SampleRunner::Run(const ir::Graph& graph, std::span<const ir::ValueId> watched, size_t first, size_t count,
                         const quant::SeenValue& seen) {
  if (first > samples_.size() || count > samples_.size() - first) {
    return VERGE_ERROR(kInvalidArgument, "there are only " + std::to_string(samples_.size()) + " samples");
  }
  VERGE_TRY_ASSIGN(const Compiled compiled, Prepare(graph, watched));
  const auto width = static_cast<size_t>(pool_->threads());
  std::vector<runtime::Session> sessions;
  for (size_t t = 0; t < std::min(width, count); ++t) {
    VERGE_TRY_ASSIGN(runtime::Session session, runtime::Session::Create(compiled.model));
    sessions.push_back(std::move(session));
  }
  struct Block {
    const Compiled* compiled;
    const Samples* samples;
    std::vector<runtime::Session>* sessions;
    size_t begin;
    std::vector<std::vector<Copy>> copies;
    std::vector<Status> states;
  };
  for (size_t begin = first; begin < first + count; begin += width) {
    const size_t size = std::min(width, first + count - begin);
    Block block{
        &compiled, &samples_, &sessions, begin, std::vector<std::vector<Copy>>(size), std::vector<Status>(size)};
    pool_->Run(
        static_cast<int>(size),
        [](void* context, int task) {
          auto& b = *static_cast<Block*>(context);
          const auto t = static_cast<size_t>(task);
          b.states[t] = RunOne(*b.compiled, (*b.samples)[b.begin + t], (*b.sessions)[t], b.copies[t]);
        },
        &block);
    for (size_t t = 0; t < size; ++t) {
      VERGE_TRY(std::move(block.states[t]));
      for (Copy& copy : block.copies[t]) {
        VERGE_TRY(seen(begin + t, copy.id, Tensor{copy.type, copy.bytes.data()}));
      }
    }
  }
  return Status::Ok();
}

}  // namespace verge::optimizer
