using MudBlazor;

namespace PushGateway.Admin.Shared;

/// <summary>The colours of MudBlazor's parts; those of ours are the same ones, in <c>admin.css</c>.</summary>
internal static class Theme
{
    private static readonly string[] s_font = ["Inter", "Segoe UI", "system-ui", "-apple-system", "Roboto", "Noto Sans", "Helvetica Neue", "Arial", "sans-serif"];

    public static MudTheme Gateway { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#4f46e5",
            Secondary = "#0f766e",
            Background = "#f5f6fa",
            Surface = "#ffffff",
            TextPrimary = "#1a1d2b",
            TextSecondary = "#565d73",
            ActionDefault = "#565d73",
            LinesDefault = "#e3e6ef",
            Success = "#0f766e",
            Error = "#b3261e",
            Warning = "#92500a",
            Info = "#4f46e5",
            Dark = "#1b1e2d",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#a5a1ff",
            PrimaryContrastText = "#12132b",
            Secondary = "#5eead4",
            Background = "#0d0f17",
            Surface = "#161925",
            TextPrimary = "#e8eaf4",
            TextSecondary = "#a3aac2",
            ActionDefault = "#a3aac2",
            LinesDefault = "#282d40",
            Success = "#5eead4",
            Error = "#ff9d97",
            ErrorContrastText = "#2b0d0b",
            Warning = "#fbbf6b",
            Info = "#a5a1ff",
            Dark = "#2a2f45",
        },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "10px" },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = s_font } },
    };
}
