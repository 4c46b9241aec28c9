use std::fmt;

/// Rows whose columns stand below each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self {
            rows: vec![headings.map(str::to_owned).to_vec()],
        }
    }

    /// Names and values, one a row.
    pub(crate) fn of_facts(facts: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        let rows = facts.into_iter().filter(|(_, value)| !value.is_empty());
        Self {
            rows: rows.map(|(name, value)| vec![name.to_owned(), value]).collect(),
        }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                // A line break in a cell would look like another row.
                let cell = cell.replace(char::is_control, " ");
                line += &format!("{cell:<width$}  ");
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other_and_rows_stay_rows() {
        let mut table = Table::new(["ID", "NAME", "X"]);
        table.row(["1".to_owned(), "Zoë\nand more".to_owned(), String::new()]);
        table.row(["12345".to_owned(), String::new(), "y".to_owned()]);
        let expected = "ID     NAME          X\n1      Zoë and more\n12345                y\n";
        assert_eq!(table.to_string(), expected);
    }

    #[test]
    fn facts_that_are_empty_are_left_out() {
        let facts = [("id", "1".to_owned()), ("reason", String::new())];
        assert_eq!(Table::of_facts(facts).to_string(), "id  1\n");
    }
}
