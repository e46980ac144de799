// Dense linear algebra for a few hundred units: normal equations, Cholesky, leading eigenvectors. Long loops give way every so often.

/** Lets messages through: a worker that computes for seconds answers in between. */
export const breathe = () => new Promise((resolve) => setTimeout(resolve, 0));

const rowsBetweenBreaths = 500;

/**
 * Means, and the mean product of deviations.
 * @param {Float64Array[]} rows
 * @returns {Promise<{mean: Float64Array, covariance: Float64Array}>} covariance: [n, n].
 */
export async function covarianceOf(rows) {
  const n = rows[0]?.length ?? 0;
  const mean = new Float64Array(n);
  for (const row of rows) {
    for (let i = 0; i < n; i++) {
      mean[i] += row[i] / rows.length;
    }
  }
  return { mean, covariance: await crossProducts(rows, rows, mean, mean) };
}

/**
 * The mean over rows of (a − meanA)(b − meanB)ᵀ.
 * @param {Float64Array[]} a
 * @param {Float64Array[]} b As many rows.
 * @param {Float64Array} meanA
 * @param {Float64Array} meanB
 * @returns {Promise<Float64Array>} [columns of a, columns of b].
 */
export async function crossProducts(a, b, meanA, meanB) {
  const n = meanA.length, m = meanB.length;
  const products = new Float64Array(n * m);
  const deviations = new Float64Array(m);
  for (let row = 0; row < a.length; row++) {
    for (let j = 0; j < m; j++) {
      deviations[j] = (b[row][j] - meanB[j]) / a.length;
    }
    for (let i = 0; i < n; i++) {
      const left = a[row][i] - meanA[i];
      for (let j = 0, at = i * m; j < m; j++, at++) {
        products[at] += left * deviations[j];
      }
    }
    if (row % rowsBetweenBreaths === rowsBetweenBreaths - 1) {
      await breathe();
    }
  }
  return products;
}

/**
 * Solves A·X = B by Cholesky.
 * @param {Float64Array} a [n, n], symmetric, positive definite.
 * @param {Float64Array} b [n, m].
 * @param {number} n
 * @param {number} m
 * @returns {Float64Array} X, [n, m].
 */
export function solve(a, b, n, m) {
  const lower = Float64Array.from(a);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = lower[i * n + j];
      for (let k = 0; k < j; k++) {
        sum -= lower[i * n + k] * lower[j * n + k];
      }
      lower[i * n + j] = i === j ? Math.sqrt(Math.max(sum, Number.MIN_VALUE)) : sum / lower[j * n + j];
    }
  }

  const x = Float64Array.from(b);
  for (let column = 0; column < m; column++) {
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) {
        x[i * m + column] -= lower[i * n + k] * x[k * m + column];
      }
      x[i * m + column] /= lower[i * n + i];
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) {
        x[i * m + column] -= lower[k * n + i] * x[k * m + column];
      }
      x[i * m + column] /= lower[i * n + i];
    }
  }
  return x;
}

/**
 * The eigenvectors of the largest eigenvalues, by orthogonal iteration.
 * @param {Float64Array} matrix [n, n], symmetric, no eigenvalue below 0.
 * @param {number} n
 * @param {number} count At most n.
 * @returns {Float64Array[]} Unit vectors, largest first; of each, the component of largest size is positive.
 */
export function leadingEigenvectors(matrix, n, count) {
  /** @type {Float64Array[]} */
  let vectors = Array.from({ length: count }, (_, k) => Float64Array.from({ length: n }, (_, i) => Math.cos((k + 1) * (i + 1)))); // Nothing special: no vector of any data.
  for (let iteration = 0, change = 1; iteration < 1000 && change > 1e-9; iteration++) {
    const next = orthonormal(vectors.map((vector) => times(matrix, vector)));
    change = Math.max(...next.map((vector, k) => Math.sqrt(2 * Math.abs(1 - dot(vector, vectors[k])))));
    vectors = next;
  }
  return vectors.map((vector) => {
    const largest = vector.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
    return vector.map((value) => (largest < 0 ? -value : value));
  });
}

/**
 * @param {Float64Array} matrix
 * @param {Float64Array} vector
 */
function times(matrix, vector) {
  const n = vector.length;
  return vector.map((_, i) => {
    let sum = 0;
    for (let j = 0; j < n; j++) {
      sum += matrix[i * n + j] * vector[j];
    }
    return sum;
  });
}

/**
 * Gram–Schmidt.
 * @param {Float64Array[]} vectors
 */
function orthonormal(vectors) {
  /** @type {Float64Array[]} */
  const done = [];
  for (const vector of vectors) {
    let rest = vector;
    for (const other of done) {
      const along = dot(rest, other);
      rest = rest.map((value, i) => value - along * other[i]);
    }
    const length = Math.sqrt(dot(rest, rest)) || 1;
    done.push(rest.map((value) => value / length));
  }
  return done;
}

/**
 * @param {Float64Array} a
 * @param {Float64Array} b
 */
const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
