#include "ops/broadcast.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/matmul/matmul.h"
#include "ops/wrap.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// Strides of the last two dimensions as rows and columns, and the depth.
struct Steps {
  int64_t row;
  int64_t column;
};
Steps StepsOf(const Shape& shape, bool transposed) {
  const int64_t width = shape[shape.rank() - 1];
  return transposed ? Steps{1, width} : Steps{width, 1};
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<MatmulAttrs>();
  const Shape& as = args.inputs[0].shape();
  const Shape& ys = args.outputs[0].shape();
  const Steps sa = StepsOf(as, attrs.transpose_a);
  const Steps sb = StepsOf(args.inputs[1].shape(), attrs.transpose_b);
  const int64_t m = ys[ys.rank() - 2];
  const int64_t n = ys[ys.rank() - 1];
  const int64_t depth = as[as.rank() - (attrs.transpose_a ? 2 : 1)];
  const Shape batch = *Shape::FromSpan(ys.dims().first(static_cast<size_t>(ys.rank() - 2)));
  Dispatch(args.outputs[0].dtype(), [&]<typename T>() {
    using C = Compute<T>;
    using W = std::conditional_t<std::is_floating_point_v<C>, double, int64_t>;
    NdWalk<2> walk(batch, {MatrixStrides(as, batch), MatrixStrides(args.inputs[1].shape(), batch)});
    T* y = args.outputs[0].as<T>();
    for (size_t t = 0; t < batch.elems(); ++t, walk.Next()) {
      const T* a = args.inputs[0].as<const T>() + walk[0];
      const T* b = args.inputs[1].as<const T>() + walk[1];
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          W sum = 0;
          for (int64_t k = 0; k < depth; ++k) {
            sum = Plus(sum, Multiply(static_cast<W>(static_cast<C>(a[i * sa.row + k * sa.column])),
                                     static_cast<W>(static_cast<C>(b[k * sb.row + j * sb.column]))));
          }
          *y++ = T(static_cast<C>(sum));
        }
      }
    }
  });
}

}  // namespace

extern const Kernel kMatmulRef = {"matmul_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
