// Winograd's minimal filtering F(4x4, 3x3): sixteen outputs of a 3x3 filter from six times six inputs with 36 products
// a channel instead of 144.
//
//   y = A^T [ (G g G^T) * (B^T d B) ] A        * element by element, summed over the input channels
//
// interpolated at the points 0, +-a, +-b and infinity, a = sqrt(1/2), b = sqrt(2), which lose least:
//
//         | 1    0   -5/2    0  1 0 |         |  1     0     0  |         | 1 1   1  1  1  0 |
//         | 0 -a b^2 -b^2    a  1 0 |         | 1/-N  a/-N a^2/-N|        | 0 a  -a  b -b  0 |
//   B^T = | 0  a b^2 -b^2   -a  1 0 |     G = | 1/-N -a/-N a^2/-N|  A^T = | 0 a^2 a^2 b^2 b^2 0 |
//         | 0 -a^2 b -a^2    b  1 0 |         | 1/M   b/M  b^2/M |        | 0 a^3 -a^3 b^3 -b^3 1 |
//         | 0  a^2 b -a^2   -b  1 0 |         | 1/M  -b/M  b^2/M |
//         | 0    1     0  -5/2  0 1 |         |  0     0     1  |     N = 3/2, M = 6
//
// Source    A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016; points: B. Barabasz, A.
// Anderson, K. M. Soodhalter, D. Gregg, "Error Analysis and Improving the Accuracy of Winograd Convolution for Deep
// Neural Networks", ACM TOMS 46 (2020) Exact     the same bits for every table; about 1e-6 of the largest output away
// from the sum in order Memory    reads and writes `channels` values at each pointer; no scratch Threads   re-entrant
#pragma once

#include <stddef.h>

namespace verge::kernels {

inline constexpr size_t kWinogradIn = 6;   // rows and columns of a tile of the input
inline constexpr size_t kWinogradOut = 4;  // of the output
inline constexpr size_t kWinogradPlanes = kWinogradIn * kWinogradIn;

struct WinogradOutput {
  const float* planes;  // plane p of the tile begins at planes[p * plane_step]
  size_t plane_step;
  const float* bias;
  float* y;
  size_t row_step, column_step;  // floats
  size_t rows, columns;          // that lie inside the image, up to 4
  size_t channels;
  float lo, hi;
};

struct WinogradF32Table {
  const char* isa;
  // planes[p * plane_step + c] = (B^T d B)[p] of channel c, d[i] = pixels[i][c]
  void (*input)(const float* const pixels[kWinogradPlanes], size_t channels, float* planes, size_t plane_step);
  // y[i][j][c] = clamp(bias[c] + (A^T m A)[i][j], lo, hi)
  void (*output)(const WinogradOutput& args);
};

}  // namespace verge::kernels
