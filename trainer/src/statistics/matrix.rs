//! The little linear algebra of the closed forms: symmetric matrices with as many rows as there are people.

/// A square matrix, row by row.
pub type Matrix = Vec<Vec<f64>>;

/// Inverse of a symmetric positive matrix, by Gauss and Jordan; `None` where it is singular.
pub fn inverse(mut matrix: Matrix) -> Option<Matrix> {
    let n = matrix.len();
    for pivot in 0..n {
        let value = matrix[pivot][pivot];
        if value.is_nan() || value <= f64::MIN_POSITIVE {
            return None;
        }
        matrix[pivot][pivot] = 1.0;
        matrix[pivot].iter_mut().for_each(|entry| *entry /= value);
        let row = matrix[pivot].clone();
        for (index, other) in matrix.iter_mut().enumerate() {
            if index != pivot {
                let factor = std::mem::replace(&mut other[pivot], 0.0);
                other.iter_mut().zip(&row).for_each(|(entry, row)| *entry -= factor * row);
            }
        }
    }
    Some(matrix)
}

/// The matrix times a column.
pub fn times(matrix: &Matrix, column: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| row.iter().zip(column).map(|(a, b)| a * b).sum()).collect()
}

/// Eigenvalues of a symmetric matrix, the largest first, each with its unit eigenvector, by Jacobi's rotations (Golub and Van
/// Loan, Matrix Computations, section 8.5).
pub fn eigen(mut matrix: Matrix) -> Vec<(f64, Vec<f64>)> {
    const SWEEPS: usize = 30;
    let n = matrix.len();
    // Rows of `vectors` are the eigenvectors in the end.
    let mut vectors: Matrix = (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    let size: f64 = matrix.iter().flatten().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        let beside: f64 = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| matrix[i][j].powi(2)).sum();
        if beside <= 1e-24 * size {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if matrix[p][q] == 0.0 {
                    continue;
                }
                let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
                let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                let sine = tangent * cosine;
                for row in &mut matrix {
                    (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
                }
                rotate_rows(&mut matrix, p, q, cosine, sine);
                rotate_rows(&mut vectors, p, q, cosine, sine);
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> = vectors.into_iter().enumerate().map(|(i, row)| (matrix[i][i], row)).collect();
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs
}

fn rotate_rows(matrix: &mut Matrix, p: usize, q: usize, cosine: f64, sine: f64) {
    let (above, below) = matrix.split_at_mut(q);
    for (a, b) in above[p].iter_mut().zip(&mut below[0]) {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Symmetric and positive.
    fn example(n: usize) -> Matrix {
        let entry = |i: usize, j: usize| ((i * 7 + j * 3) % 5) as f64 - 2.0;
        let sum = |i: usize, j: usize| (0..n).map(|k| entry(i, k) * entry(j, k)).sum::<f64>();
        (0..n).map(|i| (0..n).map(|j| sum(i, j) + if i == j { 1.0 } else { 0.0 }).collect()).collect()
    }

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let column: Vec<f64> = (0..7).map(f64::from).collect();
        let back = times(&inverse(example(7)).unwrap(), &times(&example(7), &column));
        assert!(back.iter().zip(&column).all(|(a, b)| (a - b).abs() < 1e-9), "{back:?}");
        assert!(inverse(vec![vec![1.0, 1.0], vec![1.0, 1.0]]).is_none());
    }

    #[test]
    fn eigenvectors_are_only_stretched_and_lie_across_each_other() {
        let matrix = example(9);
        let pairs = eigen(matrix.clone());
        assert!(pairs.windows(2).all(|pair| pair[0].0 >= pair[1].0));
        for (value, vector) in &pairs {
            let stretched = times(&matrix, vector);
            assert!(stretched.iter().zip(vector).all(|(a, b)| (a - value * b).abs() < 1e-9));
        }
        let along = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        assert!((along(&pairs[0].1, &pairs[0].1) - 1.0).abs() < 1e-12 && along(&pairs[0].1, &pairs[1].1).abs() < 1e-12);
    }
}
