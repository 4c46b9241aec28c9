//! Pages for people: what each package offers, and who may call what.

use std::fmt::Write as _;

use anyhow::bail;
use prost_reflect::{
    EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor, MethodDescriptor, ServiceDescriptor,
};

use crate::{
    contracts::Contracts,
    methods::{Level, Rpc},
    rules::{FieldRules, kind_name},
};

const GENERATED: &str = "<!-- Generated from protos/ by contractgen; `make generate` writes it anew. -->\n\n";

/// Everything about one package.
pub(crate) fn package_page(contracts: &Contracts, package: &str) -> anyhow::Result<String> {
    let mut page = format!("{GENERATED}# {package}\n\n");
    for file in contracts.files().filter(|file| file.package_name() == package) {
        // Field 2 of a file descriptor is its package.
        writeln!(page, "{}\n", comment(contracts, &file, &[2], package)?)?;
    }
    for service in contracts.services(package) {
        write_service(contracts, &service, &mut page)?;
    }
    writeln!(page, "## Messages\n")?;
    for message in contracts.messages(package) {
        write_message(contracts, &message, &mut page)?;
    }
    let enums = contracts.enums(package);
    if !enums.is_empty() {
        writeln!(page, "## Enums\n")?;
    }
    for declared in enums {
        write_enum(contracts, &declared, &mut page)?;
    }
    Ok(format!("{}\n", page.trim_end()))
}

/// Every RPC and who may call it.
pub(crate) fn access_page(contracts: &Contracts) -> anyhow::Result<String> {
    let mut page = format!("{GENERATED}# Access\n\n");
    page.push_str(
        "Who may call what. A permission admits services that hold it. A key is the metadata `idempotency-key`.\n\n\
         | level | admits |\n|---|---|\n",
    );
    for level in Level::ALL {
        writeln!(page, "| {} | {} |", level.name(), level.admits())?;
    }
    page.push_str("\n| RPC | level | permission | key | HTTP |\n|---|---|---|---|---|\n");
    for package in contracts.packages() {
        for method in contracts.services(&package).iter().flat_map(ServiceDescriptor::methods) {
            let rpc = Rpc::read(contracts, &method)?;
            writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                Contracts::method_name(&method),
                rpc.level.name(),
                code(rpc.permission.as_deref().unwrap_or_default()),
                rpc.idempotency.name(),
                routes(&rpc),
            )?;
        }
    }
    Ok(page)
}

fn write_service(contracts: &Contracts, service: &ServiceDescriptor, page: &mut String) -> anyhow::Result<()> {
    let about = comment(contracts, &service.parent_file(), service.path(), service.full_name())?;
    writeln!(page, "## {}\n\n{about}\n", service.name())?;
    for method in service.methods() {
        write_method(contracts, &method, page)?;
    }
    Ok(())
}

fn write_method(contracts: &Contracts, method: &MethodDescriptor, page: &mut String) -> anyhow::Result<()> {
    let rpc = Rpc::read(contracts, method)?;
    let file = method.parent_service().parent_file();
    let about = comment(contracts, &file, method.path(), method.full_name())?;
    let stream = |streams: bool| if streams { "stream of " } else { "" };
    writeln!(page, "### {}\n\n{about}\n", method.name())?;
    writeln!(page, "| | |\n|---|---|")?;
    writeln!(
        page,
        "| request | {}[{}](#{}) |",
        stream(method.is_client_streaming()),
        method.input().name(),
        method.input().name().to_lowercase()
    )?;
    writeln!(
        page,
        "| response | {}[{}](#{}) |",
        stream(method.is_server_streaming()),
        method.output().name(),
        method.output().name().to_lowercase()
    )?;
    writeln!(page, "| HTTP | {} |", routes(&rpc))?;
    let permission = rpc
        .permission
        .as_deref()
        .map(|held| format!(", services with `{held}`"));
    writeln!(
        page,
        "| access | {}{} |",
        rpc.level.name(),
        permission.unwrap_or_default()
    )?;
    writeln!(page, "| idempotency key | {} |\n", rpc.idempotency.name())?;
    Ok(())
}

fn write_message(contracts: &Contracts, message: &MessageDescriptor, page: &mut String) -> anyhow::Result<()> {
    let file = message.parent_file();
    let about = comment(contracts, &file, message.path(), message.full_name())?;
    writeln!(
        page,
        "### {}\n\n{about}\n",
        local_name(message.full_name(), message.package_name())
    )?;
    if message.fields().len() == 0 {
        return Ok(());
    }
    writeln!(
        page,
        "| field | number | type | rules | meaning |\n|---|---|---|---|---|"
    )?;
    for field in message.fields() {
        let meaning = comment(contracts, &file, field.path(), field.full_name())?;
        let rules = FieldRules::read(contracts, &field)?;
        writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            code(field.name()),
            field.number(),
            type_name(&field),
            cell(&rules.phrases().join("; ")),
            cell(&meaning),
        )?;
    }
    page.push('\n');
    Ok(())
}

fn write_enum(contracts: &Contracts, declared: &EnumDescriptor, page: &mut String) -> anyhow::Result<()> {
    let file = declared.parent_file();
    let about = comment(contracts, &file, declared.path(), declared.full_name())?;
    writeln!(
        page,
        "### {}\n\n{about}\n",
        local_name(declared.full_name(), declared.package_name())
    )?;
    writeln!(page, "| value | number | meaning |\n|---|---|---|")?;
    for value in declared.values() {
        let meaning = comment(contracts, &file, value.path(), value.full_name())?;
        writeln!(
            page,
            "| {} | {} | {} |",
            code(value.name()),
            value.number(),
            cell(&meaning)
        )?;
    }
    page.push('\n');
    Ok(())
}

/// What the contract says above something. Everything has to be explained.
fn comment(contracts: &Contracts, file: &FileDescriptor, path: &[i32], what: &str) -> anyhow::Result<String> {
    let comment = contracts.comment(file, path);
    if comment.is_empty() {
        bail!("{what} has no comment");
    }
    Ok(comment)
}

fn type_name(field: &FieldDescriptor) -> String {
    let kind = field.kind();
    if let Some(entry) = kind.as_message().filter(|message| message.is_map_entry()) {
        let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        return format!("map of {} to {}", element_name(&key), element_name(&value));
    }
    let name = element_name(field);
    if field.is_list() {
        format!("list of {name}")
    } else {
        name
    }
}

fn element_name(field: &FieldDescriptor) -> String {
    let package = field.parent_message().package_name().to_owned();
    let linked = |full_name: &str, own_package: &str| {
        let name = local_name(full_name, own_package);
        if own_package == package {
            format!("[{name}](#{})", name.to_lowercase().replace('.', ""))
        } else {
            code(full_name)
        }
    };
    match field.kind() {
        Kind::Message(message) => linked(message.full_name(), message.package_name()),
        Kind::Enum(declared) => linked(declared.full_name(), declared.package_name()),
        kind => kind_name(&kind).to_owned(),
    }
}

/// `OrderEvent.Type` of `order.v1.OrderEvent.Type`.
fn local_name(full_name: &str, package: &str) -> String {
    let name = full_name.strip_prefix(package).unwrap_or(full_name);
    name.trim_start_matches('.').to_owned()
}

fn routes(rpc: &Rpc) -> String {
    rpc.http.iter().map(|route| code(route)).collect::<Vec<_>>().join(", ")
}

fn code(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("`{text}`")
    }
}

/// Text inside a table: one line, no column of its own.
fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}
