// dft of lengths with small prime factors by the fast transform; two real rows at a time.
//
// Of z = a + i b with real a and b: A_k = (Z_k + conj Z_{n-k}) / 2 and B_k = (Z_k - conj Z_{n-k}) / 2i.
#include <algorithm>

#include "base/checked.h"
#include "ops/dft/dft.h"
#include "ops/fft.h"
#include "ops/kernel.h"
#include "ops/nd_walk.h"
#include "ops/rule_checks.h"
#include "ops/vector_table.h"

namespace verge::ops {
namespace {

constexpr size_t kBuffers = 4;  // real and imaginary parts, twice

// Where rows lie: element n of row r of x at At(in, r) + n * in.inner.
struct Rows {
  AxisSplit in, out;
  size_t parts, length, columns, count;
  bool is_inverse;

  Rows(const DftAttrs& a, const Shape& x, const Shape& y) : is_inverse(a.inverse) {
    const int axis = NormaliseAxis(a.axis, x.rank()).value();
    in = SplitAtAxis(x, axis);
    out = SplitAtAxis(y, axis);
    parts = static_cast<size_t>(x[x.rank() - 1]);
    length = a.length > 0 ? static_cast<size_t>(a.length) : in.size;
    columns = in.inner / parts;
    count = in.outer * columns;
  }
  size_t InputAt(size_t row) const { return (row / columns * in.size * columns + row % columns) * parts; }
  size_t OutputAt(size_t row) const { return (row / columns * out.size * columns + row % columns) * 2; }
};

Rows RowsOf(const PrepareArgs& args) {
  return {args.attrs.As<DftAttrs>(), args.inputs[0].type.shape, args.outputs[0].shape};
}

bool Supports(const PrepareArgs& args) {
  return args.outputs[0].dtype == DType::kF32 && args.outputs[0].shape.elems() > 0 &&
         args.inputs[0].type.shape.elems() > 0 && IsFftLength(RowsOf(args).length);
}

Result<KernelNeeds> Prepare(const PrepareArgs& args) {
  const size_t bytes = RowsOf(args).length * sizeof(double);
  const auto scratch = CheckedMul(kBuffers * bytes, static_cast<size_t>(std::max(args.threads, 1)));
  if (!scratch) return VERGE_ERROR(kResourceExhausted, "dft: the buffers overflow memory");
  return KernelNeeds{.scratch_bytes = *scratch, .packed_bytes = 2 * bytes};
}

Status Pack(const PrepareArgs& args, std::span<std::byte> packed) {
  FillUnitCircle(RowsOf(args).length, reinterpret_cast<double*>(packed.data()));
  return Status::Ok();
}

// One complex row, or `count` real ones, up to two.
class Transform {
 public:
  Transform(const RunArgs& args, const Rows& rows, std::byte* scratch)
      : rows_(rows),
        circle_(reinterpret_cast<const double*>(args.packed)),
        x_(args.inputs[0].as<const float>()),
        y_(args.outputs[0].as<float>()) {
    auto* const memory = reinterpret_cast<double*>(scratch);
    a_ = {memory, memory + rows.length};
    b_ = {memory + 2 * rows.length, memory + 3 * rows.length};
  }

  void RunComplex(size_t row) const {
    Read(row, 0, Real());
    Read(row, 1, Imaginary());
    const Complexes<double> z = Fft(rows_.length, circle_, a_, b_);
    float* to = y_ + rows_.OutputAt(row);
    for (size_t k = 0; k < rows_.out.size; ++k, to += rows_.out.inner) {
      to[0] = static_cast<float>((rows_.is_inverse ? z.im[k] : z.re[k]) * Scale());
      to[1] = static_cast<float>((rows_.is_inverse ? z.re[k] : z.im[k]) * Scale());
    }
  }

  void RunReal(size_t row, size_t count) const {
    Read(row, 0, a_.re);
    if (count == 2) {
      Read(row + 1, 0, a_.im);
    } else {
      std::fill_n(a_.im, rows_.length, 0.0);
    }
    const Complexes<double> z = Fft(rows_.length, circle_, a_, b_);
    const double sign = rows_.is_inverse ? -1 : 1;  // the inverse of a real row is its transform conjugated
    float* first = y_ + rows_.OutputAt(row);
    float* second = count == 2 ? y_ + rows_.OutputAt(row + 1) : nullptr;
    const double half = 0.5 * Scale();
    for (size_t k = 0; k < rows_.out.size; ++k, first += rows_.out.inner) {
      const size_t mirror = k == 0 ? 0 : rows_.length - k;
      first[0] = static_cast<float>((z.re[k] + z.re[mirror]) * half);
      first[1] = static_cast<float>((z.im[k] - z.im[mirror]) * half * sign);
      if (second == nullptr) continue;
      second[0] = static_cast<float>((z.im[k] + z.im[mirror]) * half);
      second[1] = static_cast<float>((z.re[mirror] - z.re[k]) * half * sign);
      second += rows_.out.inner;
    }
  }

 private:
  double* Real() const { return rows_.is_inverse ? a_.im : a_.re; }
  double* Imaginary() const { return rows_.is_inverse ? a_.re : a_.im; }
  double Scale() const { return rows_.is_inverse ? 1.0 / static_cast<double>(rows_.length) : 1.0; }

  // Part `part` of a row, cut or padded with zeros.
  void Read(size_t row, size_t part, double* to) const {
    const float* from = x_ + rows_.InputAt(row) + part;
    const size_t count = std::min(rows_.length, rows_.in.size);
    for (size_t n = 0; n < count; ++n) to[n] = static_cast<double>(from[n * rows_.in.inner]);
    std::fill(to + count, to + rows_.length, 0.0);
  }

  const Rows& rows_;
  const double* circle_;
  const float* x_;
  float* y_;
  Complexes<double> a_{}, b_{};
};

void Run(const RunArgs& args) {
  const Rows rows(args.attrs.As<DftAttrs>(), args.inputs[0].shape(), args.outputs[0].shape());
  const size_t at_once = rows.parts == 2 ? 1 : 2;
  const size_t units = (rows.count + at_once - 1) / at_once;
  const size_t threads = args.parallel == nullptr ? 1 : static_cast<size_t>(std::max(args.parallel->threads(), 1));
  const size_t tasks = std::min(threads, units);
  RunTasks(args.parallel, tasks, [&](size_t t) {
    const Transform transform(args, rows, args.scratch + t * kBuffers * rows.length * sizeof(double));
    for (size_t unit = units * t / tasks; unit < units * (t + 1) / tasks; ++unit) {
      const size_t row = unit * at_once;
      if (at_once == 1) {
        transform.RunComplex(row);
      } else {
        transform.RunReal(row, std::min<size_t>(2, rows.count - row));
      }
    }
  });
}

constexpr Kernel kFft = {"dft_f32_fft__any", Supports, Prepare, Pack, Run};
constexpr const Kernel* kKernels[] = {&kFft};

}  // namespace

extern const std::span<const Kernel* const> kDftFast = kKernels;

}  // namespace verge::ops
