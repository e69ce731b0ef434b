// The members' pages.
import './plaza.js';
import {follow} from './regions.js';
import './editor.js';
import './campaign.js';
import './menu.js';
import './inbox.js';

follow();
