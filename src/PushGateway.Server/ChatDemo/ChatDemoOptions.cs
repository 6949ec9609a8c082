using Microsoft.Extensions.Options;
using PushGateway.Core;

namespace PushGateway.Server.ChatDemo;

/// <summary>The chat of browser tabs at <c>/demo/chat</c>. Section <c>PushGateway:ChatDemo</c>.</summary>
public sealed class ChatDemoOptions
{
    public const string SectionName = "PushGateway:ChatDemo";

    /// <summary>
    /// The app in whose channel <c>demo-chat</c> anybody who reaches the page may chat, under any name: the page gives out tokens for it. For trying it out only. Default none: there is no such page.
    /// </summary>
    public string? App { get; set; }
}

internal sealed class ChatDemoOptionsValidator : IValidateOptions<ChatDemoOptions>
{
    public ValidateOptionsResult Validate(string? name, ChatDemoOptions options) => string.IsNullOrEmpty(options.App) || Identifier.IsValid(options.App)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"{ChatDemoOptions.SectionName}:{nameof(ChatDemoOptions.App)} must be an app's id, {Identifier.Rule}.");
}
