//! Go, for the test peers written in it.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use crate::{
    exec,
    install::{self, GO},
};

/// From here on Go fetches by itself the Go that a module asks for.
const FETCHES_ITSELF: (u32, u32) = (1, 21);

/// The Go that an older one is made to fetch.
const OWN: &str = "1.26.0";

/// The folder to put first on the path so that `go` is new enough; `None` if the one on the path is.
///
/// # Errors
/// When there is none and none can be had.
pub(crate) fn ensure() -> Result<Option<PathBuf>> {
    install::programs(&[GO])?;
    let said = exec::output(Command::new("go").arg("version"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    match version(&said) {
        Some(version) if version >= FETCHES_ITSELF => Ok(None),
        Some(_) => {
            fetch().map(Some).with_context(|| format!("Go 1.21 or later is needed, and this is {said}"))
        }
        None => bail!("`go version` says {said:?}"),
    }
}

fn version(said: &str) -> Option<(u32, u32)> {
    let mut parts =
        said.split_whitespace().find_map(|word| word.strip_prefix("go1."))?.split(['.', 'r', 'b']);
    Some((1, parts.next()?.parse().ok()?))
}

/// Go's toolchains are modules, which any Go can fetch and check.
fn fetch() -> Result<PathBuf> {
    let env = exec::output(Command::new("go").args(["env", "GOOS", "GOARCH", "GOMODCACHE"]))?;
    let env = String::from_utf8_lossy(&env.stdout).into_owned();
    let mut env = env.lines();
    let (os, arch, cache) = (env.next(), env.next(), env.next());
    let (Some(os), Some(arch), Some(cache)) = (os, arch, cache) else { bail!("`go env` says too little") };
    let module = format!("golang.org/toolchain@v0.0.1-go{OWN}.{os}-{arch}");
    let root = Path::new(cache).join(&module);
    if !root.is_dir() {
        exec::run(exec::command("go", &format!("mod download {module}")))?;
    }
    // An old Go unpacks it as any module, whose files are not programs.
    for folder in [root.join("bin"), root.join("pkg/tool").join(format!("{os}_{arch}"))] {
        for entry in fs::read_dir(&folder).with_context(|| format!("{} is missing", folder.display()))? {
            fs::set_permissions(entry?.path(), fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(root.join("bin"))
}

#[cfg(test)]
mod test {
    use super::version;

    #[test]
    fn versions() {
        assert_eq!(version("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(version("go version go1.19 linux/amd64"), Some((1, 19)));
        assert_eq!(version("go version go1.27rc1 linux/amd64"), Some((1, 27)));
        assert_eq!(version("what"), None);
    }
}
