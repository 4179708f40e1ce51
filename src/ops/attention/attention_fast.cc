// Attention of f32 as two products with a softmax of rows between them: a block of queries at a time, whose scores stay
// in the nearest caches. Heads, and for few heads parts of their queries, are shared out to the threads.
#include <algorithm>
#include <limits>
#include <optional>

#include "base/checked.h"
#include "kernels/product_f32.h"
#include "ops/attention/attention.h"
#include "ops/broadcast.h"
#include "ops/fast_kernels.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr size_t kBlockQueries = 28;

struct Plan {
  AttentionShape s;
  size_t keys, depth, width, queries;
  size_t k_floats, v_floats, score_step;

  std::optional<size_t> TaskBytes() const {
    const auto scores = CheckedMul(score_step, kBlockQueries);
    const auto packed = CheckedAdd(k_floats, v_floats);
    const auto floats = scores && packed ? CheckedAdd(*scores, *packed) : std::nullopt;
    return floats ? CheckedMul(*floats, sizeof(float)) : std::nullopt;
  }
};

template <const kernels::GemmF32Table& kTable>
struct AttentionKernel {
  static constexpr Kernel Make(const char* name) { return {name, Supports, Prepare, nullptr, Run}; }

  static bool Supports(const PrepareArgs& args) {
    return IsUsable(kTable, args) && MakePlan(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape,
                                              args.inputs[2].type.shape, args.outputs[0].shape)
                                         .has_value();
  }

  static Result<KernelNeeds> Prepare(const PrepareArgs& args) {
    const std::optional<Plan> plan = MakePlan(args.attrs, args.inputs[0].type.shape, args.inputs[1].type.shape,
                                              args.inputs[2].type.shape, args.outputs[0].shape);
    const auto task = plan ? plan->TaskBytes() : std::nullopt;
    const auto bytes = task ? CheckedMul(*task, static_cast<size_t>(std::max(args.threads, 1))) : std::nullopt;
    if (!bytes) return VERGE_ERROR(kResourceExhausted, "attention: the packed keys overflow memory");
    return KernelNeeds{.scratch_bytes = *bytes};
  }

  static void Run(const RunArgs& args) {
    const Job job(args);
    const size_t heads = job.plan.s.heads.elems();
    const size_t threads = args.parallel == nullptr ? 1 : static_cast<size_t>(std::max(args.parallel->threads(), 1));
    const size_t parts = heads >= threads ? 1 : threads;  // of a head's queries
    const size_t tasks = std::min(threads, heads * parts);
    const auto run = [&](size_t task) {
      auto* const scratch = reinterpret_cast<float*>(args.scratch + task * *job.plan.TaskBytes());
      for (size_t unit = task; unit < heads * parts; unit += tasks) {
        const size_t part = unit % parts, queries = job.plan.queries;
        job.RunHead(unit / parts, queries * part / parts, queries * (part + 1) / parts, scratch);
      }
    };
    RunTasks(args.parallel, tasks, run);
  }

 private:
  static std::optional<Plan> MakePlan(const OpAttrs& attrs, const Shape& q, const Shape& k, const Shape& v,
                                      const Shape& y) {
    Plan plan{AttentionShapeOf(attrs.As<AttentionAttrs>(), q, k, v, y), 0, 0, 0, 0, 0, 0, 0};
    plan.keys = static_cast<size_t>(plan.s.keys);
    plan.depth = static_cast<size_t>(plan.s.depth);
    plan.width = static_cast<size_t>(plan.s.width);
    plan.queries = static_cast<size_t>(plan.s.queries);
    const auto k_bytes = kernels::ProductF32PackedBytes(kTable, plan.depth, plan.keys);
    const auto v_bytes = kernels::ProductF32PackedBytes(kTable, plan.keys, plan.width);
    if (!k_bytes || !v_bytes) return std::nullopt;
    plan.k_floats = *k_bytes / sizeof(float);
    plan.v_floats = *v_bytes / sizeof(float);
    plan.score_step = (plan.keys + 15) / 16 * 16;
    return plan;
  }

  // Where a head's operands begin.
  struct Head {
    const float* q;
    const float* k;
    const float* v;
    const float* mask;  // null: none
    float* y;
  };

  struct Job {
    explicit Job(const RunArgs& run_args)
        : args(run_args),
          attrs(run_args.attrs.As<AttentionAttrs>()),
          vectors(VectorTableOf(kTable.isa)),
          plan(*MakePlan(run_args.attrs, run_args.inputs[0].shape(), run_args.inputs[1].shape(),
                         run_args.inputs[2].shape(), run_args.outputs[0].shape())) {
      if (run_args.inputs.size() > 3 && run_args.inputs[3].data != nullptr) {
        has_mask = true;
        mask_strides = BroadcastStrides(run_args.inputs[3].shape(), plan.s.scores);
      }
    }

    Head Find(size_t head) const {
      NdWalk<4> walk(plan.s.heads, {MatrixStrides(args.inputs[0].shape(), plan.s.heads),
                                    MatrixStrides(args.inputs[1].shape(), plan.s.heads),
                                    MatrixStrides(args.inputs[2].shape(), plan.s.heads), mask_strides});
      for (size_t i = 0; i < head; ++i) walk.Next();
      return {args.inputs[0].as<const float>() + walk[0], args.inputs[1].as<const float>() + walk[1],
              args.inputs[2].as<const float>() + walk[2],
              has_mask ? args.inputs[3].as<const float>() + walk[3] : nullptr,
              args.outputs[0].as<float>() + head * plan.queries * plan.width};
    }

    void AddMask(const Head& head, size_t query, float* scores) const {
      const auto rank = static_cast<size_t>(plan.s.scores.rank());
      const float* mask = head.mask + static_cast<int64_t>(query) * mask_strides[rank - 2];
      constexpr float kInfinity = std::numeric_limits<float>::infinity();
      if (mask_strides[rank - 1] == 0) {
        vectors.add_scalar(scores, mask[0], scores, plan.keys, -kInfinity, kInfinity);
      } else {
        vectors.add(scores, mask, scores, plan.keys, -kInfinity, kInfinity);
      }
    }

    void RunHead(size_t number, size_t begin, size_t end, float* scratch) const {
      const Head head = Find(number);
      float* const keys = scratch;
      float* const values = keys + plan.k_floats;
      float* const scores = values + plan.v_floats;
      const size_t key_step = attrs.transposed_k ? 1 : plan.depth, depth_step = attrs.transposed_k ? plan.keys : 1;
      kernels::PackProductF32(kTable, plan.depth, plan.keys, {head.k, depth_step, key_step}, attrs.scale, keys);
      kernels::PackProductF32(kTable, plan.keys, plan.width, {head.v, plan.width, 1}, 1.0F, values);
      for (size_t i = begin; i < end; i += kBlockQueries) {
        const size_t count = std::min(kBlockQueries, end - i);
        kernels::RunProductF32(kTable, plan.depth, plan.keys, keys,
                               {head.q + i * plan.depth, plan.depth, scores, plan.score_step, count});
        for (size_t r = 0; r < count; ++r) {
          float* const row = scores + r * plan.score_step;
          if (head.mask != nullptr) AddMask(head, i + r, row);
          vectors.softmax(row, row, plan.keys, 1.0F);
        }
        kernels::RunProductF32(kTable, plan.keys, plan.width, values,
                               {scores, plan.score_step, head.y + i * plan.width, plan.width, count});
      }
    }

    const RunArgs& args;
    const AttentionAttrs& attrs;
    const kernels::VecF32Table& vectors;
    Plan plan;
    bool has_mask = false;
    Strides mask_strides{};
  };
};

}  // namespace

VERGE_FAST_KERNELS(Attention, AttentionKernel, gemm_f32, "attention_f32")

}  // namespace verge::ops
