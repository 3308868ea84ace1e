#ifndef TUNEPLAN_CGSL_SHIM_H
#define TUNEPLAN_CGSL_SHIM_H

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_interp.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

// The library names its methods by global variables, which Swift has to take for mutable; these
// functions return the same constants.

static inline const gsl_rng_type *cgsl_mersenne_twister(void) { return gsl_rng_mt19937; }
static inline const gsl_interp_type *cgsl_steffen(void) { return gsl_interp_steffen; }
static inline const gsl_multifit_robust_type *cgsl_bisquare(void) {
    return gsl_multifit_robust_bisquare;
}
static inline const gsl_multifit_nlinear_type *cgsl_trust_region(void) {
    return gsl_multifit_nlinear_trust;
}

#endif
