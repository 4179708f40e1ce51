#include "ops/conv_transpose/conv_transpose.h"
#include "ops/elem.h"
#include "ops/kernel.h"

namespace verge::ops {
namespace {

bool Supports(const PrepareArgs& /*args*/) { return true; }

// y is gathered: output position p meets input i and kernel k where p + before = i * stride + k * dilation.
bool SourceOf(const WindowNd& w, size_t i, int64_t out, int64_t k, int64_t in, int64_t& at) {
  const int64_t p = out + w.before.values[i] - k * w.dilations.values[i];
  at = p / w.strides.values[i];
  return p >= 0 && p % w.strides.values[i] == 0 && at < in;
}

void Run(const RunArgs& args) {
  const auto& attrs = args.attrs.As<ConvTransposeAttrs>();
  const Shape& xs = args.inputs[0].shape();
  const Shape& ws = args.inputs[1].shape();
  const bool has_bias = args.inputs.size() > 2 && args.inputs[2].data != nullptr;
  const Shape in = SpatialOf(xs);
  const Shape kernel = SpatialOf(ws);
  const Shape out = SpatialOf(args.outputs[0].shape());
  const int64_t channels = xs[xs.rank() - 1];
  const int64_t cg = ws[ws.rank() - 1];
  const int64_t oc = ws[0];
  const Strides in_strides = RowMajorStrides(in);
  const auto kernel_elems = static_cast<int64_t>(kernel.elems());
  auto* y = args.outputs[0].as<float>();
  for (int64_t n = 0; n < xs[0]; ++n) {
    const float* x = args.inputs[0].as<const float>() + n * static_cast<int64_t>(in.elems()) * channels;
    NdWalk<1> walk(out, {Strides{}});
    for (size_t i = 0; i < out.elems(); ++i, walk.Next()) {
      for (int64_t o = 0; o < oc; ++o) {
        const float* w = args.inputs[1].as<const float>() + o * kernel_elems * cg;
        const float* group = x + o / (oc / attrs.groups) * cg;
        double sum = has_bias ? static_cast<double>(args.inputs[2].as<const float>()[o]) : 0.0;
        NdWalk<1> taps(kernel, {Strides{}});
        for (int64_t k = 0; k < kernel_elems; ++k, taps.Next()) {
          int64_t offset = 0;
          bool meets = true;
          for (int d = 0; meets && d < in.rank(); ++d) {
            int64_t at = 0;
            meets = SourceOf(attrs.window, static_cast<size_t>(d), walk.at(d), taps.at(d), in[d], at);
            offset += at * in_strides[static_cast<size_t>(d)];
          }
          if (!meets) continue;
          for (int64_t c = 0; c < cg; ++c) {
            sum += static_cast<double>(group[offset * channels + c]) * static_cast<double>(w[k * cg + c]);
          }
        }
        *y++ = static_cast<float>(sum);
      }
    }
  }
}

}  // namespace

extern const Kernel kConvTransposeRef = {"conv_transpose_f32__ref", Supports, nullptr, nullptr, Run};

}  // namespace verge::ops
