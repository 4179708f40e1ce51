// A Kalman filter of one coordinate that moves with nearly constant velocity.
//
//   x' = x + v dt,  v' = v;   process noise: white acceleration of standard deviation `accel`
//   measured: x with standard deviation `noise`
//
// The four coordinates of a box (centre and size) have independent noise, so four of these are the whole filter.
// Units     fractions of the frame and seconds. Threads: a value.
#pragma once

namespace verge::runner {

class CoordinateFilter {
 public:
  CoordinateFilter() = default;
  CoordinateFilter(double position, double noise, double velocity_spread)
      : x_(position), pxx_(noise * noise), pvv_(velocity_spread * velocity_spread) {}

  void Predict(double dt, double accel) {
    x_ += v_ * dt;
    const double q = accel * accel;
    const double dt2 = dt * dt;
    pxx_ += 2 * dt * pxv_ + dt2 * pvv_ + q * dt2 * dt2 / 4;
    pxv_ += dt * pvv_ + q * dt2 * dt / 2;
    pvv_ += q * dt2;
  }
  void Update(double measured, double noise) {
    const double s = pxx_ + noise * noise;
    const double kx = pxx_ / s;
    const double kv = pxv_ / s;
    const double error = measured - x_;
    x_ += kx * error;
    v_ += kv * error;
    pvv_ -= kv * pxv_;
    pxv_ *= 1 - kx;
    pxx_ *= 1 - kx;
  }
  double position() const { return x_; }
  double velocity() const { return v_; }

 private:
  double x_ = 0;
  double v_ = 0;
  double pxx_ = 1;
  double pxv_ = 0;
  double pvv_ = 1;
};

}  // namespace verge::runner
