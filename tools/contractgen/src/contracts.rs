use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use prost_reflect::{
    DescriptorPool, DynamicMessage, EnumDescriptor, ExtensionDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};
use prost_types::FileDescriptorSet;

/// Directory of the contracts of others, below the contracts.
const THIRD_PARTY: &str = "third_party";
/// Packages below this one declare options; nothing is generated for them.
const OPTIONS: &str = "counterfoil.";
/// The package of the well-known types, whose Rust is in `prost-types`.
const WELL_KNOWN: &str = "google.protobuf";

/// The compiled contracts.
pub(crate) struct Contracts {
    pool: DescriptorPool,
    files: FileDescriptorSet,
    encoded: Vec<u8>,
    own: BTreeSet<String>,
}

impl Contracts {
    /// Compiles every contract below `directory`.
    pub(crate) fn compile(directory: &Path) -> anyhow::Result<Self> {
        let mut own = Vec::new();
        collect(directory, directory, &mut own)?;
        own.sort();
        if own.is_empty() {
            bail!("there are no contracts in {}", directory.display());
        }
        let includes = [directory.to_owned(), directory.join(THIRD_PARTY)];
        // Comments become documentation, but reflection does without them: they would double what is linked.
        let mut documented = compiler(&includes, true)?;
        documented.open_files(&own)?;
        let mut bare = compiler(&includes, false)?;
        bare.open_files(&own)?;
        Ok(Self {
            pool: documented.descriptor_pool(),
            files: documented.file_descriptor_set(),
            encoded: bare.encode_file_descriptor_set(),
            own: own.iter().map(|path| path.to_string_lossy().into_owned()).collect(),
        })
    }

    /// Every descriptor with its custom options, as reflection serves it.
    pub(crate) fn encoded(&self) -> Vec<u8> {
        self.encoded.clone()
    }

    /// Files that code is generated for.
    pub(crate) fn files(&self) -> impl Iterator<Item = FileDescriptor> {
        self.pool
            .files()
            .filter(|file| self.own.contains(file.name()) && !file.package_name().starts_with(OPTIONS))
    }

    /// The same files as `prost` wants them: with the well-known types they refer to.
    pub(crate) fn file_protos(&self) -> impl Iterator<Item = prost_types::FileDescriptorProto> {
        self.files.file.iter().filter_map(|file| {
            let own = self.own.contains(file.name()) && !file.package().starts_with(OPTIONS);
            (own || file.package() == WELL_KNOWN).then(|| file.clone())
        })
    }

    /// Packages that code is generated for: `order.v1`.
    pub(crate) fn packages(&self) -> BTreeSet<String> {
        self.files().map(|file| file.package_name().to_owned()).collect()
    }

    /// The services of a package, as the contract orders them.
    pub(crate) fn services(&self, package: &str) -> Vec<ServiceDescriptor> {
        self.files()
            .filter(|file| file.package_name() == package)
            .flat_map(|file| file.services().collect::<Vec<_>>())
            .collect()
    }

    /// The messages of a package, nested ones after the one they are in; entries of maps are none.
    pub(crate) fn messages(&self, package: &str) -> Vec<MessageDescriptor> {
        let mut found = Vec::new();
        for file in self.files().filter(|file| file.package_name() == package) {
            for message in file.messages() {
                with_nested(message, &mut found);
            }
        }
        found
    }

    /// The enums of a package: those of its files, then those inside messages.
    pub(crate) fn enums(&self, package: &str) -> Vec<EnumDescriptor> {
        let files = self.files().filter(|file| file.package_name() == package);
        let mut found: Vec<_> = files.flat_map(|file| file.enums().collect::<Vec<_>>()).collect();
        for message in self.messages(package) {
            found.extend(message.child_enums());
        }
        found
    }

    /// Full names of every message that a caller can send: requests and what they hold.
    pub(crate) fn inputs(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for package in self.packages() {
            for method in self.services(&package).iter().flat_map(ServiceDescriptor::methods) {
                reach(&method.input(), &mut found);
            }
        }
        found
    }

    /// An option that an imported contract declares.
    pub(crate) fn extension(&self, name: &str) -> anyhow::Result<ExtensionDescriptor> {
        self.pool
            .get_extension_by_name(name)
            .with_context(|| format!("no contract imports the option {name}"))
    }

    /// The message value of an option, when it is set.
    pub(crate) fn message_option(
        &self,
        options: &DynamicMessage,
        name: &str,
    ) -> anyhow::Result<Option<DynamicMessage>> {
        let extension = self.extension(name)?;
        if !options.has_extension(&extension) {
            return Ok(None);
        }
        Ok(options.get_extension(&extension).as_message().cloned())
    }

    /// The comment above something of the contract, as plain lines.
    pub(crate) fn comment(&self, file: &FileDescriptor, path: &[i32]) -> String {
        let info = self
            .files
            .file
            .iter()
            .find(|candidate| candidate.name() == file.name())
            .and_then(|candidate| candidate.source_code_info.as_ref());
        let location = info.and_then(|info| info.location.iter().find(|location| location.path == path));
        let comment = location.map(|location| location.leading_comments()).unwrap_or_default();
        comment
            .lines()
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("\n")
            .trim()
            .to_owned()
    }

    /// `order.v1.OrderService/CreateOrder`, for errors.
    pub(crate) fn method_name(method: &MethodDescriptor) -> String {
        format!("{}/{}", method.parent_service().full_name(), method.name())
    }
}

fn compiler(includes: &[PathBuf], comments: bool) -> anyhow::Result<protox::Compiler> {
    let mut compiler = protox::Compiler::new(includes)?;
    compiler.include_imports(true).include_source_info(comments);
    Ok(compiler)
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(directory).with_context(|| format!("could not list {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path != root.join(THIRD_PARTY) {
                collect(root, &path, found)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "proto") {
            found.push(path.strip_prefix(root)?.to_owned());
        }
    }
    Ok(())
}

fn with_nested(message: MessageDescriptor, found: &mut Vec<MessageDescriptor>) {
    if message.is_map_entry() {
        return;
    }
    found.push(message.clone());
    for child in message.child_messages() {
        with_nested(child, found);
    }
}

fn reach(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    if !found.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if let Some(inner) = field.kind().as_message() {
            reach(inner, found);
        }
    }
}
