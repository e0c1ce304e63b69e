//! One `Cargo.toml` as this test judges it: the package's name, what it depends on, and where its
//! targets lie. Reads the plain form that this repository uses, not all of TOML.

/// A read manifest.
#[derive(Debug, Default)]
pub(crate) struct Manifest {
    /// Name of the package, if it is not only a workspace.
    pub(crate) package: Option<String>,
    /// All dependencies, for whatever target and purpose.
    pub(crate) dependencies: Vec<Dependency>,
    /// Dependencies that the workspace's packages may take.
    pub(crate) workspace_dependencies: Vec<Dependency>,
    /// Paths of targets that are told.
    pub(crate) target_paths: Vec<String>,
}

/// One dependency.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The name that this package uses.
    pub(crate) alias: String,
    /// The package's own name, if it is told.
    pub(crate) package: Option<String>,
    /// Whether nothing but its tests has it.
    pub(crate) is_for_tests: bool,
}

impl Manifest {
    pub(crate) fn read(text: &str) -> Self {
        let mut manifest = Self::default();
        let mut section = String::new();
        for line in text.lines().map(str::trim) {
            if line.starts_with('[') && line.ends_with(']') {
                section = line.trim_matches(['[', ']']).to_owned();
                if let Some((kind, alias)) = section.rsplit_once('.') {
                    manifest.depend(kind, alias, None);
                }
            } else if let Some((key, value)) = line.split_once('=') {
                manifest.entry(&section, key.trim(), value.trim());
            }
        }
        manifest
    }

    fn entry(&mut self, section: &str, key: &str, value: &str) {
        match (section, key) {
            ("package", "name") => self.package = quoted(value),
            ("lib" | "bin" | "test" | "example" | "bench", "path") => {
                self.target_paths.extend(quoted(value));
            }
            (_, "package") => {
                let last = self.dependencies.last_mut();
                if let Some(last) = last.filter(|last| section.ends_with(&last.alias)) {
                    last.package = quoted(value);
                }
            }
            _ => {
                let alias = key.split('.').next().unwrap_or(key).trim_matches('"');
                let renamed = value
                    .split_once("package")
                    .and_then(|(_, rest)| quoted(rest));
                self.depend(section, alias, renamed);
            }
        }
    }

    fn depend(&mut self, section: &str, alias: &str, package: Option<String>) {
        let dependency = Dependency {
            alias: alias.to_owned(),
            package,
            is_for_tests: section.ends_with("dev-dependencies"),
        };
        if section == "workspace.dependencies" {
            self.workspace_dependencies.push(dependency);
        } else if section.ends_with("dependencies") {
            self.dependencies.push(dependency);
        }
    }
}

impl Dependency {
    /// The package's own name, looked up in what the workspace's packages may take.
    pub(crate) fn name<'a>(&'a self, workspace: &'a Manifest) -> &'a str {
        let shared = workspace
            .workspace_dependencies
            .iter()
            .find(|at| at.alias == self.alias);
        let told = |dependency: &'a Self| dependency.package.as_deref();
        told(self)
            .or_else(|| shared.and_then(told))
            .unwrap_or(&self.alias)
    }
}

fn quoted(value: &str) -> Option<String> {
    value.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        let manifest = Manifest::read(text);
        manifest
            .dependencies
            .iter()
            .map(|at| at.name(&manifest).to_owned())
            .collect()
    }

    #[test]
    fn every_way_to_depend_is_read() {
        let text = "[package]\nname = \"x\"\n[dependencies]\na.workspace = true\nb = \"1\"\n\
                    [dev-dependencies]\nc = { version = \"1\" }\n[build-dependencies.d]\n\
                    version = \"1\"\n[target.'cfg(unix)'.dependencies]\ne = \"1\"\n[lints]\nf = 1";
        assert_eq!(names(text), ["a", "b", "c", "d", "e"]);
        assert_eq!(Manifest::read(text).package.as_deref(), Some("x"));
    }

    #[test]
    fn a_renamed_dependency_keeps_its_own_name() {
        assert_eq!(
            names("[dependencies]\na = { version = \"1\", package = \"b\" }"),
            ["b"]
        );
        assert_eq!(names("[dependencies.a]\npackage = \"b\""), ["b"]);
        let shared = "[workspace.dependencies]\na = { package = \"b\" }\n[dependencies]\na = 1";
        assert_eq!(names(shared), ["b"]);
    }

    #[test]
    fn targets_that_tell_their_path_are_read() {
        let text = "[[test]]\nname = \"tidy\"\npath = \"tidy/main.rs\"\n[dependencies]\n\
                    a = { path = \"../a\" }";
        assert_eq!(Manifest::read(text).target_paths, ["tidy/main.rs"]);
    }
}
