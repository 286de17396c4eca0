import type { ChainedCommands, Editor } from '@tiptap/core'

export interface ToolbarButton {
  /** Stable, for tests and styles. */
  readonly name: string
  readonly label: string
  /** As a person would press them on a keyboard with Ctrl. */
  readonly keys: string
  /** The path of its icon. */
  readonly path: string
  readonly command: (chain: ChainedCommands) => ChainedCommands
  /** Whether the caret stands in such text; absent where that makes no sense. */
  readonly isActive?: (editor: Editor) => boolean
}

/** In groups, as they stand in the toolbar. */
export const toolbarGroups: readonly (readonly ToolbarButton[])[] = [
  [
    {
      name: 'undo',
      label: 'Undo',
      keys: 'Ctrl+Z',
      path: 'M7 4 3 8l4 4M3 8h9a4.5 4.5 0 0 1 0 9H8',
      command: (chain) => chain.undo(),
    },
    {
      name: 'redo',
      label: 'Redo',
      keys: 'Ctrl+Shift+Z',
      path: 'm13 4 4 4-4 4m4-4H8a4.5 4.5 0 0 0 0 9h4',
      command: (chain) => chain.redo(),
    },
  ],
  [
    {
      name: 'bold',
      label: 'Bold',
      keys: 'Ctrl+B',
      path: 'M6 3h4.5a3.5 3.5 0 0 1 0 7H6zm0 7h5.5a3.5 3.5 0 0 1 0 7H6z',
      command: (chain) => chain.toggleBold(),
      isActive: (editor) => editor.isActive('bold'),
    },
    {
      name: 'italic',
      label: 'Italic',
      keys: 'Ctrl+I',
      path: 'M9 3h6M5 17h6M12 3 8 17',
      command: (chain) => chain.toggleItalic(),
      isActive: (editor) => editor.isActive('italic'),
    },
    {
      name: 'strike',
      label: 'Strikethrough',
      keys: 'Ctrl+Shift+S',
      path: 'M3 10h14M14 6c-.5-2-2-3-4-3S6 4.2 6 6.2c0 .8.3 1.4.8 1.9M6 14c.5 2 2 3 4 3s4-1.2 4-3.2c0-.7-.2-1.3-.5-1.8',
      command: (chain) => chain.toggleStrike(),
      isActive: (editor) => editor.isActive('strike'),
    },
    {
      name: 'code',
      label: 'Code',
      keys: 'Ctrl+E',
      path: 'm6.5 6-4 4 4 4m7-8 4 4-4 4',
      command: (chain) => chain.toggleCode(),
      isActive: (editor) => editor.isActive('code'),
    },
  ],
  [
    {
      name: 'heading-1',
      label: 'Heading',
      keys: 'Ctrl+Alt+1',
      path: 'M3 4v12M10 4v12M3 10h7m4-.5 2.5-2V16',
      command: (chain) => chain.toggleHeading({ level: 1 }),
      isActive: (editor) => editor.isActive('heading', { level: 1 }),
    },
    {
      name: 'heading-2',
      label: 'Subheading',
      keys: 'Ctrl+Alt+2',
      path: 'M3 4v12M10 4v12M3 10h7m3.5-.2c.3-2.3 4-2.2 4 .2 0 2-4 3.7-4 6h4.2',
      command: (chain) => chain.toggleHeading({ level: 2 }),
      isActive: (editor) => editor.isActive('heading', { level: 2 }),
    },
  ],
  [
    {
      name: 'bullet-list',
      label: 'Bulleted list',
      keys: 'Ctrl+Shift+8',
      path: 'M8 5h9M8 10h9M8 15h9M3.5 5h.01M3.5 10h.01M3.5 15h.01',
      command: (chain) => chain.toggleBulletList(),
      isActive: (editor) => editor.isActive('bulletList'),
    },
    {
      name: 'ordered-list',
      label: 'Numbered list',
      keys: 'Ctrl+Shift+7',
      path: 'M9 5h8M9 10h8M9 15h8M3 4l1.5-1v5M3 13c.2-1.5 2.6-1.4 2.6.1 0 1.2-2.6 2-2.6 3.4h2.7',
      command: (chain) => chain.toggleOrderedList(),
      isActive: (editor) => editor.isActive('orderedList'),
    },
    {
      name: 'quote',
      label: 'Quote',
      keys: 'Ctrl+Shift+B',
      path: 'M4 4v12M8 6h9M8 10h9M8 14h6',
      command: (chain) => chain.toggleBlockquote(),
      isActive: (editor) => editor.isActive('blockquote'),
    },
    {
      name: 'code-block',
      label: 'Code block',
      keys: 'Ctrl+Alt+C',
      path: 'M3 4h14v12H3zm3.5 4 2 2-2 2m4.5 0h3',
      command: (chain) => chain.toggleCodeBlock(),
      isActive: (editor) => editor.isActive('codeBlock'),
    },
  ],
]
