// What one item of a data set holds, and how it becomes a model's input.
//
//   picture -> crop, resize, colour order -> (value - mean) * scale -> layout -> input
//   recording or tensor -> windows -> (value - mean) * scale -> input
//   arrays of an .npz file -> inputs as they are
//
// An integer input gets round(real / its scale) + its zero point, limited to its range; one without a scale gets the
// real value rounded.
//
// Errors    name the file; kInvalidArgument when a content does not fit the input, with both sizes.
// Threads   pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "base/status.h"
#include "base/tensor.h"
#include "eval/spec.h"
#include "media/array.h"
#include "media/image.h"

namespace verge::eval {

// One run's worth of inputs.
struct Content {
  media::Image image;                // of pictures
  std::vector<float> values;         // of a window
  std::vector<media::Array> inputs;  // of an .npz file: in_0, in_1 ...
  std::vector<media::Array> wants;   // out_0, out_1 ...
};

// From a point of the model's input to the picture: picture = offset + input * scale, in pixels of both.
struct Placement {
  int picture_width = 0;
  int picture_height = 0;
  int input_width = 0;
  int input_height = 0;
  double scale_x = 1;
  double scale_y = 1;
  double offset_x = 0;
  double offset_y = 0;
};

// The runs that an item needs: one, or one a window of `window` values, or one a step of a streaming golden.
Result<std::vector<Content>> ReadContents(const std::string& path, const DataSpec& data, const InputSpec& input,
                                          size_t window);

// Fills an input from a picture.
Result<Placement> FillFromImage(const media::ImageView& image, const InputSpec& spec, const Tensor& input);
// Fills an input from as many values as it has.
Status FillFromValues(std::span<const float> values, const InputSpec& spec, const Tensor& input);
// Same type and number of elements: copied; otherwise as real numbers.
Status FillFromTensor(const Tensor& source, const Tensor& input);

// The real values of a tensor: scale * (q - zero point) of a quantised one.
std::vector<float> RealValues(const Tensor& tensor);
Status WriteReal(std::span<const float> values, const Tensor& out);

}  // namespace verge::eval
