import pkg

pkg.inner.deep.work()
