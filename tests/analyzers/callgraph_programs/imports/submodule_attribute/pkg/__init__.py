import pkg.inner.deep
