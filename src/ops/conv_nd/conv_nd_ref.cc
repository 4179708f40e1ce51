#include "ops/conv_nd/conv_nd.h"
#include "ops/elem.h"
#include "ops/kernel.h"
#include "ops/wrap.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ConvNdAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ws = args.inputs[1].shape();
  const Shape& ys = args.outputs[0].shape();
  const bool has_bias = args.inputs.size() > 2 && args.inputs[2].data != nullptr;
  const Shape in = SpatialOf(xs);
  const Shape kernel = SpatialOf(ws);
  const Shape out = SpatialOf(ys);
  const int64_t channels = xs[xs.rank() - 1];
  const int64_t cg = ws[ws.rank() - 1];
  const int64_t oc = ws[0];
  Strides in_strides = RowMajorStrides(in);
  for (int64_t& s : in_strides) s *= channels;
  const auto kernel_elems = static_cast<int64_t>(kernel.elems());
  Dispatch(args.outputs[0].dtype(), [&]<typename T>() {
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int32_t>) {
      using W = std::conditional_t<std::is_floating_point_v<T>, double, int64_t>;
      T* y = args.outputs[0].as<T>();
      for (int64_t n = 0; n < xs[0]; ++n) {
        const T* x = args.inputs[0].as<const T>() + n * static_cast<int64_t>(in.elems()) * channels;
        NdWalk<1> walk(out, {Strides{}});
        for (size_t i = 0; i < out.elems(); ++i, walk.Next()) {
          for (int64_t o = 0; o < oc; ++o) {
            const T* w = args.inputs[1].as<const T>() + o * kernel_elems * cg;
            const T* group = x + o / (oc / attrs.groups) * cg;
            W sum = has_bias ? static_cast<W>(args.inputs[2].as<const T>()[o]) : W(0);
            ForEachInWindowNd(attrs.window, in, in_strides, kernel, walk.position(), [&](int64_t at, int64_t k) {
              for (int64_t c = 0; c < cg; ++c) {
                sum = Plus(sum, Multiply(static_cast<W>(group[at + c]), static_cast<W>(w[k * cg + c])));
              }
            });
            *y++ = static_cast<T>(sum);
          }
        }
      }
    }
  });
}

}  // namespace

extern const Kernel kConvNdRef = {"conv_nd_any__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
