using MudBlazor;

namespace PushGateway.Admin.Shared;

internal static class Confirmation
{
    /// <returns>Whether it was confirmed.</returns>
    public static async Task<bool> ConfirmAsync(this IDialogService dialogs, string title, string text, string action, bool dangerous = false, string? word = null)
    {
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, new DialogParameters<ConfirmDialog>
        {
            { confirm => confirm.Title, title },
            { confirm => confirm.Text, text },
            { confirm => confirm.Action, action },
            { confirm => confirm.Dangerous, dangerous },
            { confirm => confirm.Word, word },
        });
        return await dialog.Result is { Canceled: false };
    }
}
