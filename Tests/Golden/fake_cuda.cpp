// A CUDA device guard and hooks that do nothing, so that a CPU build of torch runs autograd and autocast on fake CUDA tensors (see memory_tracer.py).
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <c10/core/Event.h>
namespace {
using at::CUDAHooksRegistry; using at::RegistererCUDAHooksRegistry;
struct Guard : c10::impl::DeviceGuardImplInterface {
  using D = c10::Device; using S = c10::Stream;
  static D dev() { return D(c10::DeviceType::CUDA, 0); }
  c10::DeviceType type() const override { return c10::DeviceType::CUDA; }
  D exchangeDevice(D) const override { return dev(); }
  D getDevice() const override { return dev(); }
  void setDevice(D) const override {}
  void uncheckedSetDevice(D) const noexcept override {}
  S getStream(D) const noexcept override { return S(S::DEFAULT, dev()); }
  S exchangeStream(S) const noexcept override { return S(S::DEFAULT, dev()); }
  c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const S&, const c10::DeviceIndex, const c10::EventFlag) const override {}
  void block(void*, const S&) const override {}
  bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, const c10::DeviceIndex) const noexcept override {}
  bool queryStream(const S&) const override { return true; }
  void synchronizeStream(const S&) const override {}
};
C10_REGISTER_GUARD_IMPL(CUDA, Guard)
struct CUDAHooks : at::CUDAHooksInterface {
  explicit CUDAHooks(at::CUDAHooksArgs) {}
  void init() const override {}
  bool hasCUDA() const override { return true; }
  bool isBuilt() const override { return true; }
  bool isAvailable() const override { return true; }
  bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  c10::DeviceIndex deviceCount() const override { return 1; }
  c10::DeviceIndex current_device() const override { return 0; }
  c10::DeviceIndex getCurrentDevice() const override { return 0; }
};
REGISTER_CUDA_HOOKS(CUDAHooks)
}
