// Runs every case of every <op>.cases through every kernel of the op that supports it, with 1 and 4 threads and in
// place where the op allows it, and compares with the reference kernel. A fast kernel is tested by being listed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <set>
#include <thread>

#include "base/counting_new.h"
#include "kernels/cpu.h"
#include "kernels/tables.h"
#include "ops/case_file.h"
#include "ops/kernel.h"
#include "ops/kernel_list.h"

namespace verge::ops {
namespace {

// Spreads tasks over plain threads; the order is whatever the system makes of it.
class TestParallel final : public Parallel {
 public:
  explicit TestParallel(int threads) : threads_(threads) {}
  int threads() const override { return threads_; }
  void Run(int count, Task task, void* context) override {
    std::vector<std::thread> workers;
    for (int t = 0; t < threads_; ++t) {
      workers.emplace_back([=, this] {
        for (int i = t; i < count; i += threads_) task(context, i);
      });
    }
    for (std::thread& worker : workers) worker.join();
  }

 private:
  int threads_;
};

// 64-byte aligned bytes between two guards that reveal writes outside.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t bytes) : size_(bytes), memory_(bytes + 3 * kGuard, kFill) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    offset_ = kGuard + (kGuard - address % kGuard) % kGuard;
  }
  std::byte* data() { return memory_.data() + offset_; }
  size_t size() const { return size_; }
  bool GuardsHold() const {
    for (size_t i = 0; i < memory_.size(); ++i) {
      const bool inside = i >= offset_ && i < offset_ + size_;
      if (!inside && memory_[i] != kFill) return false;
    }
    return true;
  }

 private:
  static constexpr size_t kGuard = 64;
  static constexpr std::byte kFill{0xff};  // as f32: NaN, so that an element left out is seen
  size_t size_;
  size_t offset_ = 0;
  std::vector<std::byte> memory_;
};

using Buffers = std::vector<std::unique_ptr<GuardedBytes>>;

struct Prepared {
  Case source;
  Buffers input_bytes;
  std::vector<InferInput> infer_inputs;
  std::vector<TensorType> outputs;
};

void Fill(const Case& c, const TensorType& type, std::mt19937& random, std::byte* data) {
  std::uniform_real_distribution<float> uniform(c.lo, c.hi);
  for (size_t i = 0; i < type.shape.elems(); ++i) {
    const float value = uniform(random);
    switch (type.dtype) {
      case DType::kF32: std::memcpy(data + 4 * i, &value, 4); break;
      case DType::kF16: {
        const uint16_t half = FloatToHalf(value);
        std::memcpy(data + 2 * i, &half, 2);
        break;
      }
      case DType::kI32: {
        const auto whole = static_cast<int32_t>(value);
        std::memcpy(data + 4 * i, &whole, 4);
        break;
      }
      case DType::kI64: {
        const auto whole = static_cast<int64_t>(value);
        std::memcpy(data + 8 * i, &whole, 8);
        break;
      }
      case DType::kF64: {
        const auto wide = static_cast<double>(value);
        std::memcpy(data + 8 * i, &wide, 8);
        break;
      }
      case DType::kI8: data[i] = static_cast<std::byte>(static_cast<int8_t>(value)); break;
      case DType::kU8: data[i] = static_cast<std::byte>(static_cast<uint8_t>(value)); break;
      case DType::kI16: {
        const auto whole = static_cast<int16_t>(value);
        std::memcpy(data + 2 * i, &whole, 2);
        break;
      }
      case DType::kU32: {
        const auto whole = static_cast<uint32_t>(value);
        std::memcpy(data + 4 * i, &whole, 4);
        break;
      }
      case DType::kU64: {
        const auto whole = static_cast<uint64_t>(value);
        std::memcpy(data + 8 * i, &whole, 8);
        break;
      }
      case DType::kBool: data[i] = static_cast<std::byte>(value > 0); break;
      default: FAIL() << "no random values for " << DTypeName(type.dtype);
    }
  }
}

// So many of a hundred elements, all bits of them.
void FillZeros(const TensorType& type, int percent, std::mt19937& random, std::byte* data) {
  const size_t bytes = DTypeBytes(type.dtype);
  for (size_t i = 0; i < type.shape.elems() && percent > 0; ++i) {
    if (static_cast<int>(random() % 100) < percent) std::memset(data + i * bytes, 0, bytes);
  }
}

void Prepare(const Case& c, Prepared& out) {
  out.source = c;
  std::mt19937 random(static_cast<uint32_t>(std::hash<std::string>{}(c.name)));
  for (const CaseInput& input : c.inputs) {
    out.input_bytes.push_back(std::make_unique<GuardedBytes>(input.is_present ? *input.type.CheckedBytes() : 0));
    if (input.is_present) Fill(c, input.type, random, out.input_bytes.back()->data());
    if (input.is_constant) FillZeros(input.type, c.zeros, random, out.input_bytes.back()->data());
    out.infer_inputs.push_back(
        {input.type, input.is_constant ? out.input_bytes.back()->data() : nullptr, input.is_present});
  }
  // As few outputs as the op has, or, where its attributes want more, as many.
  Status status;
  for (const int count : {GetOp(c.op).min_outputs, GetOp(c.op).max_outputs}) {
    out.outputs.assign(static_cast<size_t>(count), TensorType());
    out.outputs[0].quant = ViewOf(out.source.output_quant);
    status = GetOp(c.op).infer({out.source.attrs, out.infer_inputs, out.outputs});
    if (status.ok() || GetOp(c.op).max_outputs < 0) break;
  }
  ASSERT_TRUE(status.ok()) << c.name << ": " << status.ToString();
}

struct Variant {
  int threads = 1;
  bool in_place = false;
};

// Runs one kernel once; outputs are left in `results`.
void RunKernel(Prepared& p, const Kernel& kernel, const Variant& variant, Buffers& results) {
  const CpuFeatures& cpu = kernels::Cpu();
  const PrepareArgs prepare{p.source.attrs, p.infer_inputs, p.outputs, cpu, variant.threads};
  KernelNeeds needs;
  if (kernel.prepare != nullptr) {
    const Result<KernelNeeds> got = kernel.prepare(prepare);
    ASSERT_TRUE(got.ok()) << got.status().ToString();
    needs = *got;
  }
  GuardedBytes packed(needs.packed_bytes);
  GuardedBytes scratch(needs.scratch_bytes);
  if (needs.packed_bytes > 0) {
    const Status status = kernel.pack(prepare, {packed.data(), packed.size()});
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  std::vector<Tensor> inputs;
  for (size_t i = 0; i < p.input_bytes.size(); ++i) {
    const bool is_read = p.infer_inputs[i].is_present && ((needs.unread_inputs >> i) & 1u) == 0;
    inputs.push_back({p.infer_inputs[i].type, is_read ? p.input_bytes[i]->data() : nullptr});
  }
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < p.outputs.size(); ++i) {
    results.push_back(std::make_unique<GuardedBytes>(*p.outputs[i].CheckedBytes()));
    outputs.push_back({p.outputs[i], results.back()->data()});
  }
  if (variant.in_place) {
    std::memcpy(outputs[0].data, inputs[0].data, results[0]->size());
    inputs[0].data = outputs[0].data;
  }
  TestParallel parallel(variant.threads);
  const uint64_t allocations = AllocationCount();
  kernel.run({p.source.attrs, inputs, outputs, needs.packed_bytes > 0 ? packed.data() : nullptr,
              needs.scratch_bytes > 0 ? scratch.data() : nullptr, variant.threads > 1 ? &parallel : nullptr});
  // Threads of the test's own are made with memory; and a node whose inputs are all constant is folded before a session
  // could run it.
  const bool is_folded = std::ranges::all_of(p.infer_inputs, [](const InferInput& i) { return i.constant != nullptr; });
  if (variant.threads == 1 && !is_folded) {
    EXPECT_EQ(AllocationCount(), allocations) << "took memory while it ran";
  }
  EXPECT_TRUE(packed.GuardsHold()) << "wrote outside its packed constants";
  EXPECT_TRUE(scratch.GuardsHold()) << "wrote outside its scratch";
  for (const auto& result : results) EXPECT_TRUE(result->GuardsHold()) << "wrote outside its output";
}

void CompareF32(const float* got, const float* want, size_t count, double tolerance) {
  double largest = 0;
  for (size_t i = 0; i < count; ++i) largest = std::max(largest, std::abs(static_cast<double>(want[i])));
  for (size_t i = 0; i < count; ++i) {
    const double difference = std::abs(static_cast<double>(got[i]) - static_cast<double>(want[i]));
    const bool same = difference <= tolerance * largest || (std::isnan(got[i]) && std::isnan(want[i]));
    ASSERT_TRUE(same) << "element " << i << " of " << count << ": got " << got[i] << ", want " << want[i];
  }
}

void Compare(Prepared& p, Buffers& got, Buffers& want) {
  for (size_t i = 0; i < p.outputs.size(); ++i) {
    const size_t count = p.outputs[i].shape.elems();
    if (p.outputs[i].dtype == DType::kF32) {
      CompareF32(reinterpret_cast<float*>(got[i]->data()), reinterpret_cast<float*>(want[i]->data()), count,
                 p.source.tolerance);
    } else {
      EXPECT_EQ(std::memcmp(got[i]->data(), want[i]->data(), want[i]->size()), 0) << "output " << i;
    }
  }
}

bool CanRunInPlace(const Prepared& p) {
  return GetOp(p.source.op).can_run_in_place && !p.source.inputs[0].is_constant &&
         p.infer_inputs[0].type.CheckedBytes() == p.outputs[0].CheckedBytes();
}

using KernelSet = std::set<const Kernel*>;

// Adds the kernels that took the case to `taken`; returns how many.
int RunCase(const Case& c, KernelSet& taken_by) {
  Prepared p;
  Prepare(c, p);
  if (testing::Test::HasFatalFailure()) return 0;
  Buffers want;
  RunKernel(p, ReferenceKernel(c.op), {}, want);
  const CpuFeatures& cpu = kernels::Cpu();
  int taken = 0;
  for (const Kernel* kernel : KernelsFor(c.op)) {
    if (!kernel->supports({p.source.attrs, p.infer_inputs, p.outputs, cpu, 1})) continue;
    ++taken;
    taken_by.insert(kernel);
    for (const Variant variant : {Variant{1, false}, Variant{4, false}, Variant{1, true}, Variant{4, true}}) {
      if (variant.in_place && !CanRunInPlace(p)) continue;
      SCOPED_TRACE(std::string(kernel->name) + ", threads " + std::to_string(variant.threads) +
                   (variant.in_place ? ", in place" : ""));
      Buffers got;
      RunKernel(p, *kernel, variant, got);
      if (!testing::Test::HasFatalFailure()) Compare(p, got, want);
      if (testing::Test::HasFailure()) return taken;
    }
  }
  return taken;
}

// Whether this CPU can run a kernel, by the name's last part: "__ref" and "__any" everywhere.
bool RunsHere(const std::string& name) {
  const std::string isa = name.substr(name.rfind("__") + 2);
  return isa == "ref" || isa == "any" || kernels::IsaIsUsable(isa, kernels::Cpu());
}

class OpCases : public testing::TestWithParam<OpId> {};

TEST_P(OpCases, EveryKernelAgreesWithTheReference) {
  const std::string name = GetOp(GetParam()).name;
  std::ifstream file(VERGE_SOURCE_DIR "/src/ops/" + name + "/" + name + ".cases");
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Result<std::vector<Case>> cases = ParseCases(GetParam(), text);
  ASSERT_TRUE(cases.ok()) << cases.status().ToString();
  ASSERT_FALSE(cases->empty()) << "src/ops/" << name << "/" << name << ".cases is missing or empty";
  KernelSet taken_by;
  for (const Case& c : *cases) {
    SCOPED_TRACE(name + ".cases " + c.name);
    EXPECT_GE(RunCase(c, taken_by), 1) << "not even the reference took it";
    if (HasFailure()) return;
  }
  for (const Kernel* kernel : KernelsFor(GetParam())) {
    EXPECT_EQ(taken_by.contains(kernel), RunsHere(kernel->name))
        << kernel->name << ": no case reaches it, or a CPU without it";
  }
}

// Control flow needs subgraphs, which a case cannot say: tests/models/control_test.cc runs it.
std::vector<OpId> AllIds() {
  std::vector<OpId> ids;
  for (size_t i = 0; i < AllOps().size(); ++i) {
    if (AllOps()[i].subgraphs == 0) ids.push_back(static_cast<OpId>(i));
  }
  return ids;
}

INSTANTIATE_TEST_SUITE_P(Ops, OpCases, testing::ValuesIn(AllIds()),
                         [](const auto& tested) { return std::string(GetOp(tested.param).name); });

TEST(KernelNames, FollowTheGrammarAndAreUnique) {
  std::vector<std::string> seen;
  for (size_t i = 0; i < AllOps().size(); ++i) {
    for (const Kernel* kernel : KernelsFor(static_cast<OpId>(i))) {
      const std::string name = kernel->name;
      EXPECT_TRUE(name.starts_with(std::string(AllOps()[i].name) + "_")) << name;
      EXPECT_NE(name.find("__"), std::string::npos) << name << " does not name its ISA";
      EXPECT_EQ(std::count(seen.begin(), seen.end(), name), 0) << name;
      seen.push_back(name);
    }
    EXPECT_EQ(KernelsFor(static_cast<OpId>(i)).back(), &ReferenceKernel(static_cast<OpId>(i)));
  }
}

}  // namespace
}  // namespace verge::ops
